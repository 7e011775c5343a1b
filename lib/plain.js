'use strict';

/**
 * Encodes those 'advanced' messages that JSON can represent (`./tree`). For a small message, a serializer, its
 * buffer and a deserializer cost more than everything else.
 *
 * JSON cannot represent a Buffer. So `null` replaces it, and its bytes follow the JSON:
 *
 * | byte 0 | length of the JSON, 4 bytes, little endian | JSON | bytes of each Buffer |
 *
 * This JSON is an array: the message, then the key and the length of each Buffer. If the message itself is a
 * Buffer, the JSON is its length.
 */

const { buffersOf, isBuffer, isPlain } = require('./tree');

/** The first byte of a body. A body of V8's serializer begins with 255. */
const MARK = 0;

/** The size of the mark and the length, in bytes. */
const HEAD = 5;

/** @returns {string | Buffer | undefined} undefined if a structured clone might differ from what JSON returns */
function encode(message) {
  if (isPlain(message)) return JSON.stringify(message);
  if (isBuffer(message)) return join(message.length, [message]);
  const buffers = buffersOf(message);
  if (buffers === undefined) return undefined;
  if (buffers.length === 0) return JSON.stringify(message);
  const copy = Array.isArray(message) ? [...message] : { ...message };
  const lengths = [];
  for (const [key, { length }] of buffers) {
    copy[key] = null;
    lengths.push(key, length);
  }
  return join(
    [copy, ...lengths],
    buffers.map(([, buffer]) => buffer),
  );
}

function join(head, buffers) {
  const json = JSON.stringify(head);
  const length = Buffer.byteLength(json);
  let at = HEAD + length;
  const body = Buffer.allocUnsafeSlow(buffers.reduce((sum, buffer) => sum + buffer.length, at));
  body[0] = MARK;
  body.writeUInt32LE(length, 1);
  body.write(json, HEAD);
  for (const buffer of buffers) {
    body.set(buffer, at);
    at += buffer.length;
  }
  return body;
}

/** @param {Buffer} body that begins with MARK @throws if `encode` cannot have made it */
function decode(body) {
  let at = HEAD;
  const take = (length) => {
    const start = at;
    at += length;
    if (!Number.isInteger(length) || length < 1 || at > body.length) {
      throw new RangeError('a part has a length that is not valid');
    }
    return body.subarray(start, at);
  };
  const head = JSON.parse(take(body.readUInt32LE(1)).toString());
  const message = Array.isArray(head) ? fill(head, take) : take(head);
  if (at !== body.length) throw new RangeError('the body is longer than its parts');
  return message;
}

/**
 * Puts the Buffers into the message. The property of each must exist, and be `null`.
 *
 * @param {any[]} head the JSON of another process. Its items may be anything
 * @param {(length: number) => Buffer} take
 */
function fill([message, ...lengths], take) {
  if (lengths.length === 0) throw new TypeError('expected at least one Buffer');
  for (let i = 0; i < lengths.length; i += 2) {
    const key = lengths[i];
    const isPlace = typeof key === 'string' && Object.hasOwn(message, key) && message[key] === null;
    if (!isPlace) throw new RangeError('a Buffer has no place in the message');
    message[key] = take(lengths[i + 1]);
  }
  return message;
}

module.exports = { MARK, encode, decode };

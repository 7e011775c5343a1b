'use strict';

/**
 * Flat objects of plain values and Buffers. They come out of JSON as they come out of a structured
 * clone, for a fraction of the cost: making a serializer, its buffer and a deserializer is dearer
 * than the work. The bytes of Buffers, for which JSON has no word, stand behind it:
 *
 * | byte | length of the JSON, 4 bytes, little endian | JSON | bytes of each Buffer |
 *
 * In the place of a Buffer the JSON has its length, in an array: `{"id":1,"data":[1024]}`.
 */

const { types } = require('node:util');

/** The first byte; what V8 serializes begins with another one (255). */
const MARK = 0;

const HEAD = 5;

/** Of longer texts, JSON looks at each letter, and a serializer copies them. */
const SHORT = 1024;

/** Whether JSON gives it back as it is. */
function isPlain(value) {
  if (typeof value === 'string') return value.length <= SHORT;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === 'boolean' || value === null;
}

/** Whether it is a Buffer and nothing more special, with bytes in it. */
const isBuffer = (value) => types.isUint8Array(value) && value.constructor === Buffer && value.length > 0;

/** @returns {string | Buffer | undefined} nothing where a structured clone might differ */
function encode(message) {
  if (isPlain(message)) return JSON.stringify(message);
  if (typeof message !== 'object') return undefined;
  if (isBuffer(message)) return join(JSON.stringify([message.length]), [message]);
  if (Object.getPrototypeOf(message) !== Object.prototype) return undefined;
  // A getter is asked once.
  const copy = { ...message };
  const buffers = [];
  for (const key of Object.keys(copy)) {
    const value = copy[key];
    if (isPlain(value)) continue;
    // One that is there twice comes out as one.
    if (!isBuffer(value) || buffers.includes(value)) return undefined;
    copy[key] = [value.length];
    buffers.push(value);
  }
  if (copy.toJSON !== undefined) return undefined;
  // No clone is made of a proxy, and of the arguments of a function another one.
  if (types.isProxy(message) || types.isArgumentsObject(message)) return undefined;
  const json = JSON.stringify(copy);
  return buffers.length === 0 ? json : join(json, buffers);
}

function join(json, buffers) {
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

/** @param {Buffer} body that begins with MARK @throws where `encode` cannot have made it */
function decode(body) {
  let at = HEAD;
  const take = (length) => {
    const start = at;
    at += length;
    if (!Number.isInteger(length) || length < 0 || at > body.length) throw new RangeError('no such bytes');
    return body.subarray(start, at);
  };
  const message = JSON.parse(take(body.readUInt32LE(1)).toString());
  if (Array.isArray(message)) return take(message[0]);
  for (const key of Object.keys(message)) {
    if (Array.isArray(message[key])) message[key] = take(message[key][0]);
  }
  return message;
}

module.exports = { MARK, encode, decode };

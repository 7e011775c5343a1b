'use strict';

/**
 * User messages: what may be sent, and what carries it: JSON as text, or 'advanced' (the structured
 * clone of `v8.serialize`) as a buffer, or as text where JSON does the same.
 */

const { types } = require('node:util');
const errors = require('./errors');

/** Messages whose `cmd` begins so are Node's own business and go to 'internalMessage'. */
const INTERNAL = 'NODE_';

/** Of longer texts, JSON looks at each letter, and a serializer copies them. */
const SHORT = 1024;

/** Whether JSON gives it back as it is. */
function isPlain(value) {
  if (typeof value === 'string') return value.length <= SHORT;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === 'boolean' || value === null;
}

/**
 * A flat object of plain values comes out of JSON as it comes out of a structured clone, for a
 * third of the cost: making a serializer, its buffer and a deserializer is dearer than the work.
 *
 * @returns {string | undefined} nothing where the two might differ
 */
function flatJson(message) {
  if (isPlain(message)) return JSON.stringify(message);
  if (typeof message !== 'object' || Object.getPrototypeOf(message) !== Object.prototype) return undefined;
  // No clone is made of a proxy, and of the arguments of a function another one.
  if (types.isProxy(message) || types.isArgumentsObject(message)) return undefined;
  // A getter is asked once.
  const copy = { ...message };
  if (copy.toJSON !== undefined) return undefined;
  for (const key of Object.keys(copy)) if (!isPlain(copy[key])) return undefined;
  return JSON.stringify(copy);
}

let loaded;

/** V8's serializer, which a worker that speaks JSON need not load. */
const clone = () => (loaded ??= require('./structured_clone'));

const formats = {
  json: (message) => JSON.stringify(message),
  advanced: (message) => flatJson(message) ?? clone().serialize(message),
};

function isSendable(message) {
  switch (typeof message) {
    case 'string':
    case 'object':
    case 'number':
    case 'boolean':
      return true;
    default:
      return false;
  }
}

/**
 * The buffer has been sent, and nobody else knows it. Given back at once, its memory serves the
 * next message, and the garbage collector has nothing to find.
 *
 * @param {Buffer} buffer as `encode` made it
 */
function release({ buffer }) {
  // Node 22 and later.
  buffer.transfer?.(0);
}

/**
 * @param {unknown} message
 * @param {'json' | 'advanced'} serialization
 * @returns {string | Buffer}
 * @throws ERR_MISSING_ARGS, ERR_INVALID_ARG_TYPE, and what serializing throws
 */
function encode(message, serialization) {
  if (message === undefined) throw errors.missingArgument('message');
  const body = isSendable(message) ? formats[serialization](message) : undefined;
  if (body === undefined) {
    throw errors.invalidArgument('message', 'one of type string, object, number, or boolean', message);
  }
  return body;
}

/** How many bytes the length of each of several serialized messages takes. */
const LENGTH = 4;

/** @param {Buffer} body one message behind the other, each behind its length */
function decodeEach(body) {
  const { deserialize } = clone();
  const all = [];
  for (let at = 0; at < body.length;) {
    const start = at + LENGTH;
    at = start + body.readUInt32LE(at);
    all.push(deserialize(body.subarray(start, at)));
  }
  return all;
}

/**
 * @param {string | Buffer} body
 * @param {boolean} several whether it is an array of messages, or one
 * @returns {unknown}
 * @throws what parsing throws
 */
function decode(body, several) {
  if (typeof body !== 'string') return several ? decodeEach(body) : clone().deserialize(body);
  const decoded = JSON.parse(body);
  if (several && !Array.isArray(decoded)) throw new TypeError('not an array');
  return decoded;
}

/**
 * What is sent or received, in words.
 *
 * @param {string | Buffer} body
 * @param {string} [type] of the handle that rides along
 */
function describe(body, type) {
  const size = typeof body === 'string' ? `${body.length} characters of JSON` : `${body.length} bytes`;
  return type === undefined ? size : `${size} with a ${type}`;
}

/** @returns {'message' | 'internalMessage'} the event that a message is emitted as */
function eventOf(message) {
  const cmd = message?.cmd;
  const internal = typeof cmd === 'string' && cmd.length > INTERNAL.length && cmd.startsWith(INTERNAL);
  return internal ? 'internalMessage' : 'message';
}

module.exports = { LENGTH, encode, decode, release, describe, eventOf };

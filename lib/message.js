'use strict';

/**
 * Encodes and decodes user messages. A 'json' message is a string. An 'advanced' message is a structured clone in
 * a Buffer (`v8.serialize()`), or has the cheaper form of `./plain` if the result is the same.
 */

const Batch = require('./batch');
const errors = require('./errors');

/** A message whose `cmd` begins with this is for Node itself. It is emitted as 'internalMessage'. */
const INTERNAL = 'NODE_';

/** Loaded when they are needed, because a process with 'json' messages does not need them. */
let plain, clone;
const loadPlain = () => (plain ??= require('./plain'));
const loadClone = () => (clone ??= require('./structured_clone'));

const formats = {
  json: (message) => JSON.stringify(message),
  advanced: (message) => loadPlain().encode(message) ?? loadClone().serialize(message),
};

/**
 * Loads the files that `send()` needs, before `send()` exists. `--watch` and some agents send a message for each
 * file that is loaded. If `send()` loaded a file, it would call itself without end.
 *
 * @param {'json' | 'advanced'} serialization
 */
function prepare(serialization) {
  if (serialization !== 'advanced') return;
  loadPlain();
  loadClone();
}

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
 * Frees the memory of a Buffer that was sent. The next message can use it again, without waiting for the garbage
 * collector.
 *
 * @param {Buffer} buffer made by `encode`. No other code may use it
 */
function release({ buffer }) {
  // Node 22 and later.
  /** @type {ArrayBuffer} */ (buffer).transfer?.(0);
}

/**
 * @param {unknown} message
 * @param {'json' | 'advanced'} serialization
 * @returns {string | Buffer}
 * @throws ERR_MISSING_ARGS, ERR_INVALID_ARG_TYPE, and the errors of `JSON.stringify()` and of V8's serializer
 */
function encode(message, serialization) {
  if (message === undefined) throw errors.missingArgument('message');
  const body = isSendable(message) ? formats[serialization](message) : undefined;
  if (body === undefined) {
    throw errors.invalidArgument('message', 'one of type string, object, number, or boolean', message);
  }
  return body;
}

function decodeBuffer(body) {
  const { MARK, decode } = loadPlain();
  const message = body[0] === MARK ? decode(body) : loadClone().deserialize(body);
  // V8 can clone values that `send()` refuses: undefined and BigInt.
  if (!isSendable(message)) throw new TypeError(`a message cannot be of type ${typeof message}`);
  return message;
}

function decodeText(text, several) {
  const decoded = JSON.parse(text);
  if (several && !Array.isArray(decoded)) throw new TypeError('expected an array of messages');
  return decoded;
}

/**
 * @param {string | Buffer} body from another process
 * @param {boolean} several whether the body is an array of messages, and not one message
 * @param {'json' | 'advanced'} serialization
 * @returns {unknown} the message or messages; never undefined
 * @throws if `encode` cannot have made the body
 */
function decode(body, several, serialization) {
  if (typeof body === 'string') return decodeText(body, several);
  if (serialization !== 'advanced') throw new TypeError('expected JSON, got bytes');
  return several ? Batch.cut(body).map(decodeBuffer) : decodeBuffer(body);
}

/**
 * Describes a message for the trace.
 *
 * @param {string | Buffer} body
 * @param {string} [type] the type of the handle that is sent with it
 */
function describe(body, type) {
  const size = typeof body === 'string' ? `${body.length} characters of JSON` : `${body.length} bytes`;
  return type === undefined ? size : `${size} with a ${type}`;
}

/** @returns {'message' | 'internalMessage'} the event to emit for a message */
function eventOf(message) {
  const cmd = message?.cmd;
  const internal = typeof cmd === 'string' && cmd.length > INTERNAL.length && cmd.startsWith(INTERNAL);
  return internal ? 'internalMessage' : 'message';
}

module.exports = { prepare, encode, decode, release, describe, eventOf };

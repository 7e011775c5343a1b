'use strict';

/**
 * User messages: what may be sent, and what carries it: JSON as text, or 'advanced' (the structured
 * clone of `v8.serialize`) as a buffer, or as `./plain` has it where that does the same.
 */

const Batch = require('./batch');
const errors = require('./errors');

/** Messages whose `cmd` begins so are Node's own business and go to 'internalMessage'. */
const INTERNAL = 'NODE_';

/** What a process that speaks JSON need not load. */
let plain, clone;
const loadPlain = () => (plain ??= require('./plain'));
const loadClone = () => (clone ??= require('./structured_clone'));

const formats = {
  json: (message) => JSON.stringify(message),
  advanced: (message) => loadPlain().encode(message) ?? loadClone().serialize(message),
};

/**
 * Loads what `send()` needs, before there is a `send()`: under `--watch`, and with some agents, each
 * file that is loaded is itself sent, and `send()` would call itself without end.
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

function decodeBuffer(body) {
  const { MARK, decode } = loadPlain();
  const message = body[0] === MARK ? decode(body) : loadClone().deserialize(body);
  // V8 knows more than may be sent: undefined, and numbers without bounds.
  if (!isSendable(message)) throw new TypeError(`nobody can send ${typeof message}`);
  return message;
}

function decodeText(text, several) {
  const decoded = JSON.parse(text);
  if (several && !Array.isArray(decoded)) throw new TypeError('not an array');
  return decoded;
}

/**
 * @param {string | Buffer} body as another process wrote it
 * @param {boolean} several whether it is an array of messages, or one
 * @param {'json' | 'advanced'} serialization
 * @returns {unknown} never undefined
 * @throws where `encode` cannot have made it
 */
function decode(body, several, serialization) {
  if (typeof body === 'string') return decodeText(body, several);
  if (serialization !== 'advanced') throw new TypeError('bytes, where all messages are JSON');
  return several ? Batch.cut(body).map(decodeBuffer) : decodeBuffer(body);
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

module.exports = { prepare, encode, decode, release, describe, eventOf };

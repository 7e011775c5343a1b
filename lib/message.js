'use strict';

/**
 * User messages: what may be sent, and the text that carries it.
 */

const errors = require('./errors');

const SENDABLE = new Set(['string', 'object', 'number', 'boolean']);

/** Messages whose `cmd` begins so are Node's own business and go to 'internalMessage'. */
const INTERNAL = 'NODE_';

/**
 * @returns {string} the message as JSON
 * @throws ERR_MISSING_ARGS, ERR_INVALID_ARG_TYPE
 */
function encode(message) {
  if (message === undefined) throw errors.missingArgument('message');
  const text = SENDABLE.has(typeof message) ? JSON.stringify(message) : undefined;
  if (text === undefined) {
    throw errors.invalidArgument('message', 'one of type string, object, number, or boolean', message);
  }
  return text;
}

/**
 * @param {string} text one message, or an array of several
 * @param {boolean} array
 * @returns {unknown[]}
 * @throws SyntaxError
 */
function decode(text, array) {
  return array ? JSON.parse(text) : [JSON.parse(text)];
}

/** @returns {'message' | 'internalMessage'} the event that a message is emitted as */
function eventOf(message) {
  const cmd = message?.cmd;
  const internal = typeof cmd === 'string' && cmd.length > INTERNAL.length && cmd.startsWith(INTERNAL);
  return internal ? 'internalMessage' : 'message';
}

module.exports = { encode, decode, eventOf };

'use strict';

/**
 * User messages: what may be sent, and the bytes that carry it: JSON as text, or 'advanced' (the
 * structured clone of `v8.serialize`) as a buffer.
 */

const { types } = require('node:util');
const v8 = require('node:v8');
const errors = require('./errors');

const SENDABLE = new Set(['string', 'object', 'number', 'boolean']);

/** Messages whose `cmd` begins so are Node's own business and go to 'internalMessage'. */
const INTERNAL = 'NODE_';

/** What stands before an object that V8 has no clone of. */
const VIEW = 0;
const PLAIN = 1;

/** As Node's: an object that V8 cannot clone is sent as its own enumerable properties. */
class Serializer extends v8.DefaultSerializer {
  _writeHostObject(object) {
    const isView = types.isArrayBufferView(object) || Buffer.isBuffer(object);
    this.writeUint32(isView ? VIEW : PLAIN);
    if (isView) super._writeHostObject(object);
    else this.writeValue({ ...object });
  }
}

class Deserializer extends v8.DefaultDeserializer {
  _readHostObject() {
    return this.readUint32() === VIEW ? super._readHostObject() : this.readValue();
  }
}

const formats = {
  json: (message) => JSON.stringify(message),

  advanced(message) {
    const serializer = new Serializer();
    serializer.writeHeader();
    serializer.writeValue(message);
    return serializer.releaseBuffer();
  },
};

/**
 * @param {unknown} message
 * @param {'json' | 'advanced'} serialization
 * @returns {string | Buffer}
 * @throws ERR_MISSING_ARGS, ERR_INVALID_ARG_TYPE, and what serializing throws
 */
function encode(message, serialization) {
  if (message === undefined) throw errors.missingArgument('message');
  const body = SENDABLE.has(typeof message) ? formats[serialization](message) : undefined;
  if (body === undefined) {
    throw errors.invalidArgument('message', 'one of type string, object, number, or boolean', message);
  }
  return body;
}

/** How many bytes the length of each of several serialized messages takes. */
const LENGTH = 4;

/** @param {Buffer} body one message behind the other, each behind its length */
function* cut(body) {
  for (let at = 0; at < body.length;) {
    const start = at + LENGTH;
    at = start + body.readUInt32LE(at);
    yield body.subarray(start, at);
  }
}

function deserialize(body) {
  const deserializer = new Deserializer(body);
  deserializer.readHeader();
  return deserializer.readValue();
}

/**
 * @param {string | Buffer} body
 * @param {boolean} several whether it is an array of messages, or one
 * @returns {unknown}
 * @throws what parsing throws
 */
function decode(body, several) {
  if (typeof body !== 'string') return several ? Array.from(cut(body), deserialize) : deserialize(body);
  const decoded = JSON.parse(body);
  if (several && !Array.isArray(decoded)) throw new TypeError('not an array');
  return decoded;
}

/** @returns {'message' | 'internalMessage'} the event that a message is emitted as */
function eventOf(message) {
  const cmd = message?.cmd;
  const internal = typeof cmd === 'string' && cmd.length > INTERNAL.length && cmd.startsWith(INTERNAL);
  return internal ? 'internalMessage' : 'message';
}

module.exports = { encode, decode, eventOf };

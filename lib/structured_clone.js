'use strict';

/**
 * The structured clone of `v8.serialize()`, as on Node's own channel. If V8 cannot clone an object, its own
 * enumerable properties are sent.
 */

const { types } = require('node:util');
const v8 = require('node:v8');

/**
 * The number that is written before an object that V8 cannot clone: it is a view of bytes, or any other object.
 */
const VIEW = 0;
const PLAIN = 1;

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

/** @param {unknown} value @returns {Buffer} @throws the errors of V8 */
function serialize(value) {
  const serializer = new Serializer();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

/** @param {Buffer} body @returns {unknown} @throws the errors of V8 */
function deserialize(body) {
  const deserializer = new Deserializer(body);
  deserializer.readHeader();
  return deserializer.readValue();
}

module.exports = { serialize, deserialize };

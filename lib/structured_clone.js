'use strict';

/**
 * The structured clone of `v8.serialize`, as Node has it on its own channel: an object that V8
 * cannot clone is sent as its own enumerable properties.
 */

const { types } = require('node:util');
const v8 = require('node:v8');

/** What stands before an object that V8 has no clone of. */
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

/** @returns {Buffer} @throws what V8 throws */
function serialize(value) {
  const serializer = new Serializer();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

/** @param {Buffer} body @throws what V8 throws */
function deserialize(body) {
  const deserializer = new Deserializer(body);
  deserializer.readHeader();
  return deserializer.readValue();
}

module.exports = { serialize, deserialize };

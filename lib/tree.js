'use strict';

/**
 * Trees: messages of a few plain objects, arrays and values, which come out of JSON exactly as they
 * come out of a structured clone. The message itself may hold Buffers, too.
 *
 * Nothing here runs code of the user. A property is read from its descriptor, so a getter is not
 * called: if the message is not a tree, V8's serializer calls it, once, as it does in Node.
 */

const { types } = require('node:util');

/** JSON looks at each letter of a text, and a serializer copies it: that is faster for a longer text. */
const SHORT = 1024;

/** V8 serializes more objects and arrays in less time than they are looked at here. */
const MOST = 64;

/** An array with more elements is V8's business. */
const LONG = 64;

/** Objects that V8 clones by what they are, or refuses, even if their prototype was replaced. */
const KINDS = [
  types.isMap,
  types.isSet,
  types.isAnyArrayBuffer,
  types.isPromise,
  types.isWeakMap,
  types.isWeakSet,
  types.isGeneratorObject,
  types.isMapIterator,
  types.isSetIterator,
  types.isExternal,
];

const { getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;
const { toString } = Object.prototype;

/** Whether JSON gives this value back as it is. */
function isPlain(value) {
  if (typeof value === 'string') return value.length <= SHORT;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === 'boolean' || value === null;
}

/** Whether it has bytes, and a clone of it is a Buffer: `v8.DefaultSerializer` asks for the constructor. */
const isBuffer = (value) => types.isUint8Array(value) && value.constructor === Buffer && value.length > 0;

/** Whether it is nothing but its properties. */
function isOrdinary(object) {
  if (getPrototypeOf(object) !== Object.prototype || ArrayBuffer.isView(object)) return false;
  // A tag would hide from `toString` what the object is, and it may be a getter.
  if (Symbol.toStringTag in object || toString.call(object) !== '[object Object]') return false;
  for (const isKind of KINDS) if (isKind(object)) return false;
  return true;
}

class Tree {
  /** The Buffers of the message, and the key of each. */
  buffers = [];
  keys = [];
  /** Every object and array so far: a clone keeps one that is there twice as one. */
  #found = [];

  /**
   * @param {unknown} message
   * @returns {Tree | undefined} nothing if a structured clone might differ from what JSON gives back
   */
  static of(message) {
    // JSON would call it.
    if (Object.prototype.toJSON !== undefined || Array.prototype.toJSON !== undefined) return undefined;
    const tree = new Tree();
    return tree.#holds(message, true) ? tree : undefined;
  }

  #holds(value, isMessage) {
    // A proxy cannot be cloned, and would run code of the user.
    if (typeof value !== 'object' || types.isProxy(value) || this.#found.includes(value)) return false;
    if (this.#found.push(value) > MOST) return false;
    if (Array.isArray(value)) return this.#holdsArray(value, isMessage);
    if (!isOrdinary(value)) return false;
    const names = keys(value);
    // What looks empty may be something else that nothing here can tell, like a WeakRef.
    return names.length > 0 && this.#holdsAll(value, names, isMessage);
  }

  #holdsArray(array, isMessage) {
    if (array.length > LONG || getPrototypeOf(array) !== Array.prototype) return false;
    const indices = keys(array);
    // Indices come first and in order, so the last key tells whether all are there, and nothing else.
    const { length } = array;
    const isDense = indices.length === length && (length === 0 || indices[length - 1] === `${length - 1}`);
    return isDense && this.#holdsAll(array, indices, isMessage);
  }

  #holdsAll(object, names, isMessage) {
    for (const key of names) {
      // Of a getter and of a setter this is undefined, which is not plain.
      const { value } = getOwnPropertyDescriptor(object, key);
      if (isPlain(value)) continue;
      if (isMessage && isBuffer(value)) {
        if (this.buffers.includes(value)) return false;
        this.buffers.push(value);
        this.keys.push(key);
      } else if (!this.#holds(value, false)) return false;
    }
    return true;
  }
}

module.exports = { Tree, isPlain, isBuffer };

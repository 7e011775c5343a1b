'use strict';

/**
 * Trees: messages of a few plain objects, arrays and values, which come out of JSON exactly as they
 * come out of a structured clone. The message itself may hold Buffers, too.
 *
 * Nothing here calls a getter. A message that has one is no tree, and V8's serializer calls it once,
 * as in Node.
 */

const { types } = require('node:util');

/** JSON looks at each letter of a text, and a serializer copies it: that is faster for a longer text. */
const SHORT = 1024;

/** V8 serializes more objects and arrays in less time than they are looked at here. */
const MOST = 64;

/** An array with more elements is V8's business. */
const LONG = 64;

const { getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;
const { toString, __lookupGetter__: lookupGetter } = Object.prototype;

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
  return !isOfKind(object);
}

/** Whether V8 clones it by what it is, or refuses it, even if its prototype was replaced. */
const isOfKind = (object) =>
  types.isMap(object) ||
  types.isSet(object) ||
  types.isAnyArrayBuffer(object) ||
  types.isPromise(object) ||
  types.isWeakMap(object) ||
  types.isWeakSet(object) ||
  types.isGeneratorObject(object) ||
  types.isMapIterator(object) ||
  types.isSetIterator(object) ||
  types.isExternal(object);

/**
 * @param {unknown} value
 * @param {object[]} found every object and array so far: a clone keeps one that is there twice as one
 * @param {[string, Buffer][]} [buffers] of the message, each with its key, if this is the message itself
 */
function isTree(value, found, buffers) {
  // A proxy cannot be cloned, and would run code of the user.
  if (typeof value !== 'object' || types.isProxy(value) || found.includes(value)) return false;
  if (found.push(value) > MOST) return false;
  if (Array.isArray(value)) return isTreeOfArray(value, found, buffers);
  return isOrdinary(value) && isTreeOfObject(value, found, buffers);
}

function isTreeOfArray(array, found, buffers) {
  const { length } = array;
  if (length > LONG || getPrototypeOf(array) !== Array.prototype) return false;
  // As many as there are elements, and no element is undefined: so there is no hole and nothing else.
  const indices = keys(array);
  if (indices.length !== length) return false;
  for (let index = 0; index < length; index++) {
    // Of an element, this takes a third of the time that its descriptor takes.
    if (lookupGetter.call(array, index) !== undefined) return false;
    const value = array[index];
    if (!isPlain(value) && !isBranch(value, indices[index], found, buffers)) return false;
  }
  return true;
}

function isTreeOfObject(object, found, buffers) {
  // What looks empty may be something else that nothing here can tell, like a WeakRef.
  let isEmpty = true;
  for (const key in object) {
    const descriptor = getOwnPropertyDescriptor(object, key);
    // What is inherited is not cloned.
    if (descriptor === undefined) continue;
    isEmpty = false;
    // Of a getter and of a setter this is undefined, which no tree holds.
    const { value } = descriptor;
    if (!isPlain(value) && !isBranch(value, key, found, buffers)) return false;
  }
  return !isEmpty;
}

function isBranch(value, key, found, buffers) {
  if (buffers === undefined || !isBuffer(value)) return isTree(value, found);
  if (found.includes(value)) return false;
  found.push(value);
  buffers.push([key, value]);
  return true;
}

/**
 * @param {unknown} message
 * @returns {[string, Buffer][] | undefined} the Buffers of the message, each with its key; nothing if a
 *   structured clone might differ from what JSON gives back
 */
function buffersOf(message) {
  // JSON would call it.
  if (Object.prototype.toJSON !== undefined || Array.prototype.toJSON !== undefined) return undefined;
  const buffers = [];
  return isTree(message, [], buffers) ? buffers : undefined;
}

module.exports = { buffersOf, isPlain, isBuffer };

'use strict';

/**
 * Recognizes trees. A tree is a message of a few plain objects, arrays and values, for which JSON and a
 * structured clone give the same result. The message itself may also have Buffers as properties.
 *
 * No code here calls a getter. A message with a getter is not a tree. Then V8's serializer calls the getter once,
 * as in Node.
 */

const { types } = require('node:util');

/** The longest text of a tree. JSON checks each character, but a serializer copies a longer text faster. */
const SHORT = 1024;

/** The most objects and arrays of a tree. V8 serializes more of them faster than they are checked here. */
const MOST = 64;

/** The longest array of a tree, for the same reason. */
const LONG = 64;

const { getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;
const { toString, __lookupGetter__: lookupGetter } = Object.prototype;

/** Whether JSON returns the same value. */
function isPlain(value) {
  if (typeof value === 'string') return value.length <= SHORT;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === 'boolean' || value === null;
}

/** Whether it is not empty, and its clone is a Buffer. `v8.DefaultSerializer` checks the constructor too. */
const isBuffer = (value) => types.isUint8Array(value) && value.constructor === Buffer && value.length > 0;

/** Whether an object consists of its properties only. */
function isOrdinary(object) {
  if (getPrototypeOf(object) !== Object.prototype || ArrayBuffer.isView(object)) return false;
  // With a tag, `toString` does not show the kind of the object. A tag may also be a getter.
  if (Symbol.toStringTag in object || toString.call(object) !== '[object Object]') return false;
  return !isOfKind(object);
}

/** Whether V8 clones or refuses it by its internal kind, even if its prototype was replaced. */
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
 * @param {{} | undefined} value not null, because that is plain
 * @param {object[]} found every object and array so far. If one occurs twice, it is not a tree, because a clone
 *   keeps it as one object
 * @param {[string, Buffer][]} [buffers] gets the Buffers of the message and their keys. It is passed for the
 *   message itself only
 */
function isTree(value, found, buffers) {
  // A proxy cannot be cloned, and would run user code.
  if (typeof value !== 'object' || types.isProxy(value) || found.includes(value)) return false;
  if (found.push(value) > MOST) return false;
  if (Array.isArray(value)) return isTreeOfArray(value, found, buffers);
  return isOrdinary(value) && isTreeOfObject(value, found, buffers);
}

function isTreeOfArray(array, found, buffers) {
  const { length } = array;
  if (length > LONG || getPrototypeOf(array) !== Array.prototype) return false;
  // If there are as many keys as elements, and no element is undefined, there is no hole and no other property.
  const indices = keys(array);
  if (indices.length !== length) return false;
  for (let index = 0; index < length; index++) {
    // For an element, this takes a third of the time of `getOwnPropertyDescriptor`.
    if (lookupGetter.call(array, index) !== undefined) return false;
    const value = array[index];
    if (!isPlain(value) && !isBranch(value, indices[index], found, buffers)) return false;
  }
  return true;
}

function isTreeOfObject(object, found, buffers) {
  // An object without properties may be of a kind that cannot be recognized here, for example a WeakRef.
  let isEmpty = true;
  for (const key in object) {
    const descriptor = getOwnPropertyDescriptor(object, key);
    // An inherited property is not cloned.
    if (descriptor === undefined) continue;
    isEmpty = false;
    // For a getter or a setter, the value is undefined, and no tree has this value.
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
 * @param {{} | undefined} message not null, because that is plain
 * @returns {[string, Buffer][] | undefined} the Buffers of the message, each with its key; undefined if a
 *   structured clone might differ from the result of JSON
 */
function buffersOf(message) {
  // JSON would call `toJSON()`.
  if (Object.prototype.toJSON !== undefined || Array.prototype.toJSON !== undefined) return undefined;
  const buffers = [];
  return isTree(message, [], buffers) ? buffers : undefined;
}

module.exports = { buffersOf, isPlain, isBuffer };

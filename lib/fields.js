'use strict';

/**
 * Checks the fields of an object that another process sent. Acts (`./lifecycle`), notes of handles (`./handle`)
 * and replies (`./reply`) use it.
 */

const { inspect } = require('node:util');

/** Limits how much of another process's value an error shows. */
const SHOWN = { depth: 0, breakLength: Infinity, maxStringLength: 64, maxArrayLength: 4 };

const isText = (value) => typeof value === 'string';
const isInteger = (value) => Number.isSafeInteger(value);
const isCount = (value) => isInteger(value) && value >= 0;
/** The key of a listening socket is a 32-bit number. */
const isKey = (value) => isCount(value) && value <= 0xffffffff;

/** JSON cannot represent undefined, so an optional field may be missing or null. */
const optional = (check) => (value) => value == null || check(value);

const oneOf =
  (...values) =>
  (value) =>
    values.includes(value);

const show = (value) => inspect(value, SHOWN);

/**
 * @template {string} Name
 * @param {unknown} value
 * @param {Record<Name, (value: unknown) => boolean>} checks a check for each field
 * @returns {Record<Name, any>} a new object with these fields only. Each has the type that its check accepts
 * @throws {TypeError} if `value` is not an object, or a check returns false
 */
function pick(value, checks) {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`expected an object, got ${show(value)}`);
  const picked = /** @type {Record<Name, unknown>} */ ({});
  for (const [name, check] of Object.entries(checks)) {
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (!check(field)) throw new TypeError(`unexpected ${name}: ${show(field)}`);
    picked[name] = field;
  }
  return picked;
}

module.exports = { isText, isInteger, isCount, isKey, optional, oneOf, show, pick };

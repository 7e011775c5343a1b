'use strict';

/**
 * Checks of what another process sent, field by field. Acts (`./lifecycle`), notes of handles
 * (`./handle`) and replies (`./server`) say by these what they are.
 */

const { inspect } = require('node:util');

/** What another process wrote is shown in an error, but not all of it. */
const SHOWN = { depth: 0, breakLength: Infinity, maxStringLength: 64, maxArrayLength: 4 };

const isText = (value) => typeof value === 'string';
const isInteger = (value) => Number.isSafeInteger(value);
const isCount = (value) => isInteger(value) && value >= 0;
/** The number of a listening socket. */
const isKey = (value) => isCount(value) && value <= 0xffffffff;

/** JSON has no word for undefined: a field may be absent, or null. */
const optional = (check) => (value) => value == null || check(value);

const oneOf =
  (...values) =>
  (value) =>
    values.includes(value);

const show = (value) => inspect(value, SHOWN);

/**
 * @param {unknown} value
 * @param {Record<string, (value: unknown) => boolean>} checks the fields that it may have
 * @returns {object} a new one, of these fields and no others
 * @throws {TypeError} unless each of them is as its check wants it
 */
function pick(value, checks) {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`expected an object, got ${show(value)}`);
  const picked = {};
  for (const [name, check] of Object.entries(checks)) {
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (!check(field)) throw new TypeError(`unexpected ${name}: ${show(field)}`);
    picked[name] = field;
  }
  return picked;
}

module.exports = { isText, isInteger, isCount, isKey, optional, oneOf, show, pick };

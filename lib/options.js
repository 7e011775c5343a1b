'use strict';

/**
 * Reads options. A table says for each option what it may be, and what holds if it is not given. An option may also come
 * from an environment variable, as a text with a unit.
 */

const errors = require('./errors');

/** Node's timers take no more, in ms. */
const LONGEST = 2 ** 31 - 1;

const TIMES = { '': 1, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const SIZES = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/**
 * What an option may be.
 *
 * @typedef {object} Kind
 * @property {string} type what an error says of a value of another type
 * @property {(value: unknown) => boolean} isOfType
 * @property {string} range what an error says of another value of this type
 * @property {string} [rangeOfText] the same, of a text that cannot be read. Without it: `range`
 * @property {(value: any) => boolean} fits
 * @property {(text: string) => unknown} parse reads a variable, or an option of the command. What it cannot read does not fit
 * @property {string} sign how the help of the command writes a value
 */

/** A text of digits and a unit. NaN if it is none. */
const parseWith = (units) => (text) => {
  const [, number, unit] = /^(\d+)([A-Za-z]*)$/.exec(text.trim()) ?? [];
  return Object.hasOwn(units, unit ?? '-') ? Number(number) * units[unit] : NaN;
};

/** @returns {Kind} */
function integer(least, most, parse, sign, examples = '') {
  const range = most === Infinity ? `an integer >= ${least}` : `an integer from ${least} to ${most}`;
  return {
    sign,
    type: 'of type number',
    isOfType: (value) => typeof value === 'number',
    range,
    rangeOfText: examples === '' ? range : `${range}, or have a unit: ${examples}`,
    fits: (value) => Number.isSafeInteger(value) && value >= least && value <= most,
    parse,
  };
}

/** In ms. As a text also `500ms`, `30s`, `5m`, `12h`. */
const time = (least = 0) => integer(least, LONGEST, parseWith(TIMES), 'TIME', '500ms, 30s, 5m, 12h');

const count = (least = 0) => integer(least, Infinity, parseWith({ '': 1 }), 'N');

/** In bytes. As a text also `512K`, `512M`, `2G`. */
const size = (least = 0) => integer(least, Infinity, parseWith(SIZES), 'SIZE', '512K, 512M, 2G');

/** @returns {Kind} one of these texts */
function oneOf(...texts) {
  return {
    sign: texts.join('|'),
    type: 'of type string',
    isOfType: (value) => typeof value === 'string',
    range: texts.map((text) => `'${text}'`).join(' or '),
    fits: (value) => texts.includes(value),
    parse: (text) => text,
  };
}

/**
 * @param {Kind} numbers
 * @param {RegExp} pattern of the texts that it may be instead
 * @param {string} example of such a text
 * @returns {Kind}
 */
function orText(numbers, pattern, example) {
  const isText = (value) => typeof value === 'string';
  return {
    sign: `${numbers.sign}|${example}`,
    type: 'of type number or string',
    isOfType: (value) => numbers.isOfType(value) || isText(value),
    range: `${numbers.range} or '${example}'`,
    fits: (value) => (isText(value) ? pattern.test(value) : numbers.fits(value)),
    parse: (text) => (pattern.test(text) ? text : numbers.parse(text)),
  };
}

/** What `on` and `off` mean. */
const SWITCH = { on: true, true: true, 1: true, off: false, false: false, 0: false };

/** @returns {Kind} true or false */
function flag() {
  return {
    sign: 'on|off',
    type: 'of type boolean',
    isOfType: (value) => typeof value === 'boolean',
    range: 'on or off',
    fits: (value) => typeof value === 'boolean',
    parse: (text) => (Object.hasOwn(SWITCH, text) ? SWITCH[text] : text),
  };
}

/**
 * @param {string} sign
 * @param {RegExp} pattern
 * @param {string} range
 * @returns {Kind} such a text, or false
 */
function textOrOff(sign, pattern, range) {
  return {
    sign: `${sign}|off`,
    type: 'of type string, or false',
    isOfType: (value) => typeof value === 'string' || value === false,
    range: `${range}, or off`,
    fits: (value) => value === false || pattern.test(value),
    parse: (text) => (text === 'off' ? false : text),
  };
}

/** @returns {Kind} any text but an empty one */
const text = (sign) => ({
  sign,
  type: 'of type string',
  isOfType: (value) => typeof value === 'string',
  range: 'a text that is not empty',
  fits: (value) => typeof value === 'string' && value !== '',
  parse: (value) => value,
});

/**
 * @param {string} type
 * @param {(value: any) => boolean} isOfType
 * @returns {Kind} true or false, or an object, which only a program can give
 */
function flagOr(type, isOfType) {
  const either = flag();
  const isEither = (value) => either.isOfType(value) || isOfType(value);
  return { ...either, type: `of type boolean, or ${type}`, isOfType: isEither, fits: isEither };
}

/**
 * @param {string} name of an argument or a property
 * @param {Kind} kind
 * @returns {any} the value
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
 */
function check(name, kind, value) {
  if (!kind.isOfType(value)) throw errors.invalidArgument(name, kind.type, value);
  if (!kind.fits(value)) throw errors.outOfRange(name, kind.range, value);
  return value;
}

/** The value of the first variable that is set and not empty. */
function fromEnvironment(kind, names) {
  const name = names.find((each) => process.env[each]);
  if (name === undefined) return undefined;
  const text = /** @type {string} */ (process.env[name]);
  const value = kind.parse(text);
  if (kind.fits(value)) return value;
  throw errors.outOfRange(name, kind.rangeOfText ?? kind.range, text, ' from the environment');
}

/**
 * @template {string} Name
 * @param {unknown} options what the caller gave
 * @param {Record<Name, { kind: Kind, byDefault: unknown }>} table
 * @param {(name: string) => string[]} [variablesOf] the environment variables of an option
 * @returns {Record<Name, any>} each option of the table
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. The message names the option, or the variable
 */
function read(options, table, variablesOf = () => []) {
  if (options === null || typeof options !== 'object') {
    throw errors.invalidArgument('options', 'of type object', options);
  }
  const chosen = /** @type {Record<Name, any>} */ ({});
  for (const name of Object.keys(table)) {
    const { kind, byDefault } = table[name];
    const value = options[name];
    if (value == null) {
      chosen[name] = fromEnvironment(kind, variablesOf(name)) ?? byDefault;
    } else {
      chosen[name] = check(`options.${name}`, kind, value);
    }
  }
  return chosen;
}

module.exports = { LONGEST, check, count, flag, flagOr, oneOf, orText, read, size, text, textOrOff, time };

'use strict';

/**
 * The text of NODE_OPTIONS: `fork()` adds a part to it, and the preload takes that part out again.
 * Pure; `__test__/preload/node-options.js` proves it with random texts.
 *
 * Node splits the text at spaces. Inside double quotes, a backslash makes the next character plain.
 */

/** @returns {string} `value` as one argument */
function quote(value) {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * @param {unknown} options the user's own, or undefined if he has none
 * @param {string} part
 * @param {'first' | 'last'} place
 * @returns {string}
 */
function add(options, part, place) {
  if (options === undefined) return part;
  return place === 'first' ? `${part} ${options}` : `${options} ${part}`;
}

/**
 * Gives back what `add()` was given. A tool may have added more meanwhile: that stays.
 *
 * @returns {string | undefined} undefined if nothing else is there
 */
function remove(options, part) {
  const at = options.indexOf(part);
  if (at < 0) return options;
  const before = options.slice(0, at);
  const after = options.slice(at + part.length);
  if (after !== '') return before + after.replace(/^ /, '');
  return before === '' ? undefined : before.replace(/ $/, '');
}

module.exports = { quote, add, remove };

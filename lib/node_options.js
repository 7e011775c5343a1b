'use strict';

/**
 * The text of NODE_OPTIONS. `fork()` adds a part to it, and the preload removes that part. These functions are
 * pure. `__test__/preload/node-options.js` tests them with random texts.
 *
 * Node splits the text at spaces that are not inside double quotes. Inside double quotes, a backslash escapes the
 * next character.
 */

/** @returns {string} `value` as one argument */
function quote(value) {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * @param {unknown} options the user's own NODE_OPTIONS; undefined if there are none
 * @param {string} part
 * @param {'first' | 'last'} place
 * @returns {string}
 */
function add(options, part, place) {
  if (options === undefined) return part;
  return place === 'first' ? `${part} ${options}` : `${options} ${part}`;
}

/**
 * Removes the part that `add()` has added. Anything that a tool has added since then stays.
 *
 * @returns {string | undefined} undefined if the part was all of the text
 */
function remove(options, part) {
  const at = options.indexOf(part);
  if (at < 0) return options;
  const before = options.slice(0, at);
  const after = options.slice(at + part.length);
  if (after !== '') return before + after.replace(/^ /, '');
  return before === '' ? undefined : before.replace(/ $/, '');
}

/**
 * Splits a text as Node does. It accepts a quote or a backslash that is not complete, because Node itself refuses
 * it.
 *
 * @returns {{ value: string, start: number, end: number }[]} each argument, with its position in the text
 */
function split(options) {
  const all = [];
  let current;
  let isQuoted = false;
  for (let at = 0; at < options.length; at++) {
    const start = at;
    if (options[at] === ' ' && !isQuoted) {
      current = undefined;
    } else {
      if (current === undefined) all.push((current = { value: '', start, end: start }));
      if (options[at] === '"') isQuoted = !isQuoted;
      else if (options[at] === '\\' && isQuoted) current.value += options[++at] ?? '';
      else current.value += options[at];
      current.end = at + 1;
    }
  }
  // Node ignores quotes with nothing between them.
  return all.filter(({ value }) => value !== '');
}

module.exports = { quote, add, remove, split };

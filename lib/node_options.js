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

/**
 * Splits a text as Node does. It is Node's business to refuse a quote or a backslash that ends nowhere.
 *
 * @returns {{ value: string, start: number, end: number }[]} each argument, and where it stands
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
  // Of quotes with nothing between them Node makes no argument.
  return all.filter(({ value }) => value !== '');
}

module.exports = { quote, add, remove, split };

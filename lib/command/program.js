'use strict';

/** Looks for the program before workers are started. Otherwise each of them would fail, and print a stack. */

const fs = require('node:fs');
const path = require('node:path');
const errors = require('../errors');
const { ORDERS } = require('./arguments');
const nearest = require('./nearest');

const GONE = new Set(['ENOENT', 'ENOTDIR']);

/** The names in a folder. Undefined if it cannot be read: then nobody knows. */
function namesIn(folder) {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    return GONE.has(error.code) ? [] : undefined;
  }
}

/** Node finds `app` as `app.js`, and loaders find `app.js` as `app.ts`. So the extension does not count. */
function mayBe(file) {
  if (fs.existsSync(file)) return true;
  const { dir, name } = path.parse(file);
  return namesIn(dir)?.some((each) => path.parse(each).name === name) ?? true;
}

/**
 * @param {import('./arguments').Asked} asked
 * @throws ERR_PARSE_ARGS_USAGE if there is no such file, or no such folder
 */
module.exports = function checkProgram({ program, options: { cwd = '.' } }) {
  const folder = path.resolve(cwd);
  if (!fs.existsSync(folder)) throw errors.usage(`--cwd: there is no folder ${folder}`);
  const word = /** @type {string} */ (program);
  const file = path.resolve(folder, word);
  if (mayBe(file)) return;
  const order = nearest(word, Object.keys(ORDERS));
  const remedy = order === undefined ? '' : `. Did you mean the order "${order}"?`;
  throw errors.usage(`there is no file ${file}${remedy}`);
};

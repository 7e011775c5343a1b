'use strict';

/**
 * Finds the names of this package in flags and in NODE_OPTIONS. Node resolves them from the working directory of
 * the process. If a worker has a working directory in which they are not found, `lib/preloads.js` replaces them
 * with paths.
 */

const { createRequire } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { quote, split } = require('./node_options');

const FILES = {
  'rs-cluster': require.resolve('../index'),
  'rs-cluster/register': require.resolve('../register'),
  'rs-cluster/standalone': require.resolve('../standalone'),
};

const NAMED = new RegExp(`^(-r|--require|--import)=(${Object.keys(FILES).join('|')})$`);

/** @returns {string} a value for this flag that is found from every folder */
function fileOf(name, flag) {
  return flag === '--import' ? pathToFileURL(FILES[name]).href : FILES[name];
}

/** Whether a process that starts in a folder finds this package, or another copy of it. */
function areFound(folder = '') {
  try {
    return Boolean(createRequire(path.resolve(folder, 'preload')).resolve('rs-cluster/register'));
  } catch {
    return false;
  }
}

/**
 * The replacement of an argument that names this package. The argument is a name after its flag, or `flag=name`.
 *
 * @returns {string | undefined} undefined if it does not name this package
 */
function inPlaceOf(args, at, spell) {
  const [, flag, name] = NAMED.exec(`${args[at - 1]}=${args[at]}`) ?? [];
  if (name !== undefined) return spell(fileOf(name, flag));
  const [, own, named] = NAMED.exec(args[at]) ?? [];
  return named && `${own}=${spell(fileOf(named, own))}`;
}

/** @param {string[]} flags @returns {string[]} the flags, with paths instead of names */
function inFlags(flags) {
  const args = flags.map(String);
  return flags.map((arg, at) => inPlaceOf(args, at, (file) => file) ?? arg);
}

/** @param {unknown} text the value of NODE_OPTIONS @returns {unknown} the same, with paths instead of names */
function inText(text) {
  if (typeof text !== 'string') return text;
  const parts = split(text);
  const args = parts.map(({ value }) => value);
  return parts.reduceRight((whole, { start, end }, at) => {
    const other = inPlaceOf(args, at, quote);
    return other === undefined ? whole : whole.slice(0, start) + other + whole.slice(end);
  }, text);
}

module.exports = { areFound, inFlags, inText };

'use strict';

/**
 * The names of this package in flags and in NODE_OPTIONS. Node looks them up in the folder where a
 * process starts. For a worker that starts elsewhere, `lib/preloads.js` puts files in their place.
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

/** @returns {string} what a flag finds from every folder */
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

/** What an argument is to be, if it names this package: a name behind its flag, or both in one. */
function inPlaceOf(args, at, spell) {
  const [, flag, name] = NAMED.exec(`${args[at - 1]}=${args[at]}`) ?? [];
  if (name !== undefined) return spell(fileOf(name, flag));
  const [, own, named] = NAMED.exec(args[at]) ?? [];
  return named && `${own}=${spell(fileOf(named, own))}`;
}

/** @param {string[]} flags @returns {string[]} */
function inFlags(flags) {
  const args = flags.map(String);
  return flags.map((arg, at) => inPlaceOf(args, at, (file) => file) ?? arg);
}

/** @param {unknown} text the value of NODE_OPTIONS */
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

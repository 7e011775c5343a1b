'use strict';

/**
 * The names of this package in flags and in NODE_OPTIONS. Node looks them up in the folder where a
 * process starts. For a worker that starts elsewhere, `lib/preloads.js` puts files in their place.
 */

const { createRequire } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { quote } = require('./node_options');

const FILES = {
  'rs-cluster': require.resolve('../index'),
  'rs-cluster/register': require.resolve('../register'),
  'rs-cluster/standalone': require.resolve('../standalone'),
};

const FLAG = '-r|--require|--import';
const NAME = Object.keys(FILES).join('|');
const IN_FLAGS = new RegExp(`^(${FLAG})(=)(${NAME})$`);
const IN_TEXT = new RegExp(`(?<= |^)(${FLAG})( +|=)"?(${NAME})"?(?= |$)`, 'g');

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

/** @param {string[]} flags @returns {string[]} */
function inFlags(flags) {
  return flags.map((arg, at) => {
    const [, flag, sign, name] = IN_FLAGS.exec(`${flags[at - 1]}=${arg}`) ?? IN_FLAGS.exec(arg) ?? [];
    if (name === undefined) return arg;
    return name === arg ? fileOf(name, flag) : flag + sign + fileOf(name, flag);
  });
}

/** @param {unknown} text the value of NODE_OPTIONS */
function inText(text) {
  if (typeof text !== 'string') return text;
  return text.replace(IN_TEXT, (_, flag, sign, name) => flag + sign + quote(fileOf(name, flag)));
}

module.exports = { areFound, inFlags, inText };

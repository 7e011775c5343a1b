'use strict';

/**
 * What a worker loads before its script. `fork()` asks this file for the worker's flags and
 * environment; `lib/preload.js` is what runs there.
 *
 * Node runs what NODE_OPTIONS requires, then what the flags require, then any `--import`. So our
 * preload runs before all others if it is the first in NODE_OPTIONS.
 */

const fs = require('node:fs');
const { fileURLToPath } = require('node:url');
const { add, quote } = require('./node_options');

/** A real path: then the preload's `__filename` is the same, whatever `--preserve-symlinks` says. */
const PRELOAD = `--require ${quote(fs.realpathSync(require.resolve('./preload')))}`;

/** Under Yarn's Plug'n'Play our files can be read only after Yarn's own preload has run. */
const IS_PNP = process.versions.pnp !== undefined;

/** Flags that name a file with options, which Node reads unless NODE_OPTIONS is set. */
const FILE_FLAG = /^--(?:env-file|(?:experimental-)?(?:default-)?config-file)/;

/**
 * Yarn's own preload, unless NODE_OPTIONS have it: in the flags it would come after ours.
 *
 * @returns {string[]}
 */
function yarnsPreload(options) {
  try {
    const file = require.resolve('pnpapi');
    return String(options).includes(file) ? [] : [`--require ${quote(file)}`];
  } catch {
    return []; // This package is none of Yarn's, so it can be read without.
  }
}

/** In NODE_OPTIONS, quotes may stand anywhere. */
const namesUs = (arg) => typeof arg === 'string' && arg.replaceAll(/["\\]/g, '').includes('rs-cluster');

/**
 * @param {{ execArgv: string[], env: object, cwd?: string | URL }} options of `child_process.fork()`
 * @param {string} channel what the worker is to know of its channel
 * @returns {{ execArgv: string[], env: object }} those with our preload
 */
module.exports = function preloads({ execArgv, env, cwd }, channel) {
  const folder = cwd instanceof URL ? fileURLToPath(cwd) : cwd;
  let own = env.NODE_OPTIONS;
  const part = [PRELOAD];
  if (own === undefined && execArgv.some((arg) => FILE_FLAG.test(arg))) {
    const files = require('./option_files')(execArgv, folder);
    own = files.environment;
    part.push(...files.configuration);
  }
  if (namesUs(own) || execArgv.some(namesUs)) {
    const names = require('./own_names');
    if (!names.areFound(folder)) [execArgv, own] = [names.inFlags(execArgv), names.inText(own)];
  }
  if (IS_PNP) part.unshift(...yarnsPreload(own));
  const text = part.join(' ');
  const NODE_OPTIONS = add(own, text, IS_PNP ? 'last' : 'first');
  return { execArgv, env: { ...env, NODE_OPTIONS, RS_CLUSTER_CHANNEL: `${channel}:${text}` } };
};

'use strict';

/**
 * Adds our preload (`lib/preload.js`) to a worker's environment. `fork()` gets the worker's flags and environment
 * from this file.
 *
 * Node first runs each `--require` of NODE_OPTIONS, then each `--require` of the flags, then each `--import`. So
 * our preload runs before all others if it is the first in NODE_OPTIONS.
 */

const fs = require('node:fs');
const { fileURLToPath } = require('node:url');
const { add, quote } = require('./node_options');

/** A real path, so that the preload's `__filename` is the same with and without `--preserve-symlinks`. */
const PRELOAD = `--require ${quote(fs.realpathSync(require.resolve('./preload')))}`;

/** With Yarn's Plug'n'Play, our files can be read only after Yarn's own preload has run. */
const IS_PNP = process.versions.pnp !== undefined;

/** Flags that name a file with options. Node does not read these options if NODE_OPTIONS is set. */
const FILE_FLAG = /^--(?:env-file|(?:experimental-)?(?:default-)?config-file)/;

/**
 * Yarn's own preload. If it is only in the flags, it would run after ours, so NODE_OPTIONS gets it too.
 *
 * @returns {string[]} empty if NODE_OPTIONS already has it
 */
function yarnsPreload(options) {
  try {
    const file = require.resolve('pnpapi');
    return String(options).includes(file) ? [] : [`--require ${quote(file)}`];
  } catch {
    return []; // Yarn does not manage this package, so it can be read without Yarn's preload.
  }
}

/**
 * Whether an argument names this package. In NODE_OPTIONS, quotes and backslashes may be anywhere in the name.
 */
const namesUs = (arg) => typeof arg === 'string' && arg.replaceAll(/["\\]/g, '').includes('rs-cluster');

/**
 * @param {{ execArgv: string[], env: NodeJS.ProcessEnv, cwd?: string | URL }} options of `fork()`
 * @param {string} channel the worker's descriptor, id and serialization, separated by colons
 * @returns {{ execArgv: string[], env: NodeJS.ProcessEnv }} these options with our preload
 */
module.exports = function preloads({ execArgv, env, cwd }, channel) {
  const folder = cwd instanceof URL ? fileURLToPath(cwd) : cwd;
  let own = /** @type {unknown} */ (env.NODE_OPTIONS);
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

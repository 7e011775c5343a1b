'use strict';

/**
 * `child_process.fork()` with our channel in the place of 'ipc'. `child_process.spawn` is looked up at each call,
 * because tools replace it.
 */

const childProcess = require('node:child_process');
const { fileURLToPath } = require('node:url');
const preloads = require('./preloads');

/**
 * @typedef {import('node:child_process').ForkOptions} ForkOptions
 * @typedef {ForkOptions & { execArgv: string[], env: NodeJS.ProcessEnv }} Options
 */

/** The strings that `stdio` accepts. */
const STDIO = ['pipe', 'inherit', 'ignore', 'overlapped'];

const hasNull = (text) => typeof text === 'string' && text.includes('\0');

/**
 * Whether `child_process.fork()` throws for these arguments before it starts a process.
 *
 * @param {unknown} exec
 * @param {unknown} args
 * @param {Options} options
 */
function isRefused(exec, args, { stdio, execArgv }) {
  const isPath = typeof exec === 'string' || exec instanceof URL || exec instanceof Uint8Array;
  const isList = args == null || typeof args === 'object';
  const hasChannel = Array.isArray(stdio)
    ? stdio.filter((entry) => entry === 'ipc').length === 1
    : typeof stdio !== 'string' || STDIO.includes(stdio);
  const texts = [exec, ...(Array.isArray(args) ? args : []), ...execArgv];
  return !isPath || !isList || !hasChannel || texts.some(hasNull);
}

/**
 * @param {ForkOptions} options
 * @returns {any[]} the list form of `stdio`, with its 'ipc'
 */
function listOf({ stdio, silent }) {
  if (Array.isArray(stdio)) return [...stdio];
  const each = typeof stdio === 'string' ? stdio : silent ? 'pipe' : 'inherit';
  return [each, each, each, 'ipc'];
}

/**
 * @param {string | URL} exec
 * @param {string[]} args
 * @param {Options} options the options of `child_process.fork()`
 * @param {number} id the worker's id
 * @param {() => number} open makes the channel, and returns the descriptor of the worker's end. It is called
 *   after the options are checked
 * @returns {import('node:child_process').ChildProcess}
 * @throws the errors of `child_process.fork()`
 */
module.exports = function fork(exec, args, options, id, open) {
  if (isRefused(exec, args, options)) {
    // Node's own function throws the error of this Node version.
    childProcess.fork(exec, args, options).kill();
    throw new TypeError(
      'cluster.settings: exec, args, execArgv or stdio is not a value that child_process.fork() accepts',
    );
  }
  const stdio = listOf(options);
  const descriptor = stdio.indexOf('ipc');
  stdio[descriptor] = open();
  const script = exec instanceof URL ? fileURLToPath(exec) : exec;
  const { execArgv, env } = preloads(options, `${descriptor}:${id}:${options.serialization ?? 'json'}`);
  const subprocess = childProcess.spawn(
    process.execPath,
    [...execArgv, script, ...(Array.isArray(args) ? args : [])],
    { ...options, env, stdio, shell: false },
  );
  // As in Node, 'close' also waits for the channel. Without `stdio` the process was not started, and has no
  // channel.
  if (subprocess.stdio !== undefined) subprocess._closesNeeded++;
  return subprocess;
};

'use strict';

/**
 * `child_process.fork()` with our channel in the place of 'ipc'. The process is made by
 * `child_process.spawn()`, looked up at each call, for tools patch it.
 */

const childProcess = require('node:child_process');
const { fileURLToPath } = require('node:url');
const preloads = require('./preloads');

/** What `stdio` may be as a string. */
const STDIO = ['pipe', 'inherit', 'ignore', 'overlapped'];

/** What fork() refuses, it refuses before it spawns anything. */
function isRefused(exec, args, { stdio }) {
  const isPath = typeof exec === 'string' || exec instanceof URL || exec instanceof Uint8Array;
  const isList = args == null || typeof args === 'object';
  const hasChannel = Array.isArray(stdio)
    ? stdio.filter((entry) => entry === 'ipc').length === 1
    : typeof stdio !== 'string' || STDIO.includes(stdio);
  return !isPath || !isList || !hasChannel;
}

/** @returns {Array} the list form of `stdio`, with its 'ipc' */
function listOf({ stdio, silent }) {
  if (Array.isArray(stdio)) return [...stdio];
  const each = typeof stdio === 'string' ? stdio : silent ? 'pipe' : 'inherit';
  return [each, each, each, 'ipc'];
}

/**
 * @param {string | URL} exec
 * @param {string[]} args
 * @param {object} options as `child_process.fork()` has them
 * @param {number} id
 * @param {() => number} open makes the channel; called when the options are known to be good
 * @returns {import('node:child_process').ChildProcess}
 * @throws as `child_process.fork()`
 */
module.exports = function fork(exec, args, options, id, open) {
  if (isRefused(exec, args, options)) {
    // Let it speak for itself: its errors are Node's own, of whatever Node this is.
    childProcess.fork(exec, args, options).kill();
    throw new TypeError('cluster.settings are not what child_process.fork() takes');
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
  // The event 'close' waits for the channel too, if there was a descriptor for anything.
  if (subprocess.stdio !== undefined) subprocess._closesNeeded++;
  return subprocess;
};

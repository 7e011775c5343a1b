'use strict';

/**
 * The ChildProcess of a worker that could not be made. Node's own `spawn()` does the same if the
 * process has no descriptor for the child's pipes: it returns an object without a pid, which emits
 * 'error' in the next tick.
 *
 * Loaded with the primary and not by its first fork, which may have no descriptor to read a file with.
 */

/**
 * @param {number} errno negative, as libuv has it
 * @param {string[]} args of the process
 * @returns {import('node:child_process').ChildProcess}
 */
module.exports = function stillborn(errno, args) {
  const { ChildProcess } = require('node:child_process');
  const subprocess = new ChildProcess();
  subprocess.spawnfile = process.execPath;
  subprocess.spawnargs = [process.execPath, ...args];
  // What libuv calls at a process's end: it makes Node's own exception, and emits 'close'.
  process.nextTick(() => subprocess._handle.onexit(errno, ''));
  return subprocess;
};

'use strict';

/**
 * Makes the ChildProcess of a worker that could not be started. It has no pid, and emits 'error' in the next
 * tick. Node's own `spawn()` returns the same if the process has no free descriptor for the child's pipes.
 *
 * This file is loaded with the primary. At the first fork, there may be no free descriptor to read it.
 */

/**
 * @param {number} errno negative, as in libuv
 * @param {string[]} args the arguments of the process
 * @returns {import('node:child_process').ChildProcess}
 */
module.exports = function stillborn(errno, args) {
  const { ChildProcess } = require('node:child_process');
  const subprocess = new ChildProcess();
  Object.assign(subprocess, { spawnfile: process.execPath, spawnargs: [process.execPath, ...args] });
  // libuv calls this when a process ends. It makes Node's own error, and emits 'error' and 'close'.
  process.nextTick(() => subprocess._handle.onexit(errno, ''));
  return subprocess;
};

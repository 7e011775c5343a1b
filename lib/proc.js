'use strict';

/** What the kernel tells of a process, without asking it. */

const fs = require('node:fs');

/** @returns {number} a number in /proc/PID/status; 0 if the process has ended */
function statusOf(pid, name) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** @returns {number} the resident memory of a process in bytes */
const memoryOf = (pid) => statusOf(pid, 'VmRSS') * 1024;

/** Whether a debugger of the system (gdb, strace) holds a process. */
const isTraced = (pid) => statusOf(pid, 'TracerPid') > 0;

module.exports = { isTraced, memoryOf };

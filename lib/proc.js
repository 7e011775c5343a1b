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

/** How many ticks a second has in /proc, on every Linux. */
const TICKS = 100;

/** @returns {number | undefined} the processor time of a process in seconds; undefined if it has ended */
function cpuOf(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program may have spaces and parentheses. What follows it are the fields from the third on.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return undefined;
  }
}

/** @returns {number} the resident memory of a process in bytes */
const memoryOf = (pid) => statusOf(pid, 'VmRSS') * 1024;

/** Whether a debugger of the system (gdb, strace) holds a process. */
const isTraced = (pid) => statusOf(pid, 'TracerPid') > 0;

module.exports = { cpuOf, isTraced, memoryOf };

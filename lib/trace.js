'use strict';

/**
 * `NODE_DEBUG=rs-cluster`: writes a line to standard error for each event, in the primary and in its workers.
 * Both ends of a channel are named by the process id of the worker, so that one `grep` finds both.
 *
 * It is called as `trace?.(…)`. Without the variable it is undefined, and the arguments are not evaluated. The
 * reactor's thread runs no JavaScript, so it is not traced. `cluster.stats()` counts what it does.
 *
 * A line has the format of `util.debuglog`, but is written to the descriptor, because programs replace
 * `process.stderr.write`. If the replacement sends each text as a message (pm2), the trace of that message would
 * be sent too, without end.
 */

// Loaded here, because a program may replace these functions later.
const { Buffer } = require('node:buffer');
const { writeSync } = require('node:fs');
const { debuglog, format } = require('node:util');

const STDERR = 2;

/** How often a write to a full pipe is tried, and the pause between two tries in ms. Then the line is dropped. */
const TRIES = 500;
const PAUSE = 1;

/** It never changes. `Atomics.wait()` on it is a pause. */
const asleep = new Int32Array(new SharedArrayBuffer(4));

/** How many lines were dropped since the last one that was written. */
let dropped = 0;
/** Whether only a part of a dropped line was written. */
let isTorn = false;
let isFirst = true;

function log(...args) {
  // This makes a pipe or a socket non-blocking. Otherwise a pipe without a reader would block the process.
  if (isFirst) void process.stderr;
  isFirst = false;
  const name = `RS-CLUSTER ${process.pid}:`;
  const gap =
    dropped > 0 ? `${isTorn ? '\n' : ''}${name} ${dropped} lines were dropped, because nobody read\n` : '';
  if (write(Buffer.from(`${gap}${name} ${format(...args)}\n`))) dropped = 0;
  else dropped++;
}

/** @returns {boolean} whether all of it is written */
function write(bytes) {
  // If the reader has not read the last line, do not wait for it again.
  let tries = dropped > 0 ? 1 : TRIES;
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STDERR, bytes, written);
    } catch (error) {
      isTorn ||= written > 0;
      // The descriptor may be closed, or have no reader (EPIPE). The program must continue as without the trace.
      if (error.code !== 'EAGAIN' || --tries === 0) return false;
      Atomics.wait(asleep, 0, 0, PAUSE);
    }
  }
  isTorn = false;
  return true;
}

/** @type {((format: string, ...args: unknown[]) => void) | undefined} the same arguments as `console.log` */
module.exports = debuglog('rs-cluster').enabled ? log : undefined;

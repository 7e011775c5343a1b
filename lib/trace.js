'use strict';

/**
 * `NODE_DEBUG=rs-cluster`: a line an event on standard error, in the primary and in its workers. A
 * channel goes by the process number of its worker at both ends, so one `grep` finds both.
 *
 * Called as `trace?.(…)`: without the variable it is undefined, and no argument is even made.
 * What the reactor's thread does is not here, for it touches no JavaScript; `cluster.stats()`
 * counts it.
 *
 * A line has the format of `util.debuglog`, but is written to the descriptor: programs replace
 * `process.stderr.write`, and one that sends what it is given (pm2) would be traced for ever.
 */

// Taken here, because a program may replace these as well.
const { Buffer } = require('node:buffer');
const { writeSync } = require('node:fs');
const { debuglog, format } = require('node:util');

const STDERR = 2;

/** How often, and after how many ms, a pipe that is full is tried again. Then the line is dropped. */
const TRIES = 500;
const PAUSE = 1;

const asleep = new Int32Array(new SharedArrayBuffer(4));

/** Lines that were dropped since the last one that was written. */
let dropped = 0;
/** Of the last of them, a part is there. */
let isTorn = false;
let isFirst = true;

function log(...args) {
  // This makes a pipe or a socket non-blocking, so that one that nobody reads stops nobody.
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
  // Whoever did not read the last line is not waited for again.
  let tries = dropped > 0 ? 1 : TRIES;
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STDERR, bytes, written);
    } catch (error) {
      isTorn ||= written > 0;
      // Closed, or without a reader (EPIPE): the program goes on as without the trace.
      if (error.code !== 'EAGAIN' || --tries === 0) return false;
      Atomics.wait(asleep, 0, 0, PAUSE);
    }
  }
  isTorn = false;
  return true;
}

/** @type {((format: string, ...args: unknown[]) => void) | undefined} as `console.log` */
module.exports = debuglog('rs-cluster').enabled ? log : undefined;

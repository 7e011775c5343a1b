'use strict';

/**
 * `NODE_DEBUG=rs-cluster`: a line an event on standard error, in the primary and in its workers. A
 * channel goes by the process number of its worker at both ends, so one `grep` finds both.
 *
 * Called as `trace?.(…)`: without the variable it is undefined, and no argument is even made.
 * What the reactor's thread does is not here, for it touches no JavaScript; `cluster.stats()`
 * counts it.
 */

const { debuglog } = require('node:util');

const log = debuglog('rs-cluster');

/** @type {((format: string, ...args: unknown[]) => void) | undefined} as `console.log` */
module.exports = log.enabled ? log : undefined;

'use strict';

/**
 * What signals to the primary mean to a supervisor. Its workers ignore those that a terminal sends to all processes
 * (`../preload.js`).
 */

const { constants } = require('node:os');

/** @param {import('../..').Supervisor} supervisor */
module.exports = function signals(supervisor) {
  /** Whether somebody wants it to stop. */
  let isStopping = false;
  /** What the process ends with, if somebody could not wait. @type {number | undefined} */
  let code;

  const stop = (signal) => {
    if (isStopping) code ??= 128 + constants.signals[signal];
    supervisor.stop({ now: isStopping });
    isStopping = true;
  };
  // The number that is wanted, and not the number of workers: two signals in a row are two steps.
  const scale = (step) => supervisor.scale(Math.max(1, supervisor.status().wanted + step));

  const listeners = {
    SIGTERM: stop,
    SIGINT: stop,
    SIGHUP: () => supervisor.reload(),
    SIGTTIN: () => scale(1),
    SIGTTOU: () => scale(-1),
  };
  for (const [signal, listener] of Object.entries(listeners)) process.on(signal, listener);
  supervisor.once('stop', () => {
    for (const [signal, listener] of Object.entries(listeners)) process.off(signal, listener);
    // After the other listeners for 'stop'.
    if (code !== undefined) setImmediate(() => process.exit(code));
  });
};

'use strict';

/**
 * What may stand between a supervisor and those who operate it: signals, systemd, a control socket, an admin address. Each
 * uses the supervisor as a program does, by its calls and events.
 */

/**
 * @param {import('./supervisor')} supervisor
 * @param {ReturnType<typeof import('./supervise/options').readOptions>} options
 */
module.exports = function operate(supervisor, options) {
  if (options.signals) require('./operate/signals')(supervisor);
  if (options.notify) require('./operate/notify')(supervisor);
};

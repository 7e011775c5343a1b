'use strict';

/**
 * What may stand between a supervisor and those who operate it: signals, systemd, a control socket, an admin address. Each
 * uses the supervisor as a program does, by its calls and events.
 */

/**
 * @param {import('./supervisor')} supervisor
 * @param {ReturnType<typeof import('./supervise/options').readOptions>} options
 * @param {import('./operate/systemd')} [systemd] if it wants to be told
 */
module.exports = function operate(supervisor, options, systemd) {
  if (options.signals) require('./operate/signals')(supervisor);
  if (systemd !== undefined) require('./operate/notify')(supervisor, systemd, options);
};

'use strict';

/**
 * What may stand between a supervisor and those who operate it: signals, systemd, a control socket, an admin address. Each
 * uses the supervisor as a program does, by its calls and events.
 */

/** @typedef {ReturnType<typeof import('./supervise/options').readOptions>} Options */

/**
 * The doors that these options want. They are open before a worker starts, and answer when they serve.
 *
 * @param {Pick<Options, 'admin' | 'control'>} options
 * @returns {Promise<{ admin?: string, serve: (supervisor: import('..').Supervisor) => void, close: () => void }>} `admin`: its address.
 *   It is rejected if one cannot be opened
 */
async function openDoors({ admin, control }) {
  const doors = [];
  const close = () => {
    for (const door of doors) door.close();
  };
  const serve = (supervisor) => {
    const Readiness = require('./operate/readiness');
    const readiness = new Readiness(supervisor);
    for (const door of doors) door.serve({ supervisor, readiness });
  };
  try {
    if (control) doors.push(await require('./operate/control')(control));
    if (!admin) return { serve, close };
    const { door, address } = await require('./operate/admin')(admin).catch((error) => {
      error.message = `The admin address cannot be opened: ${error.message}`;
      throw error;
    });
    doors.push(door);
    return { admin: address, serve, close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * @param {import('./supervisor')} supervisor
 * @param {Options} options
 * @param {import('./operate/systemd')} [systemd] if it wants to be told
 */
function operate(supervisor, options, systemd) {
  if (options.signals) require('./operate/signals')(supervisor);
  if (systemd !== undefined) require('./operate/notify')(supervisor, systemd, options);
  if (!options.admin && !options.control) return;
  openDoors(options).then(
    ({ serve }) => serve(supervisor),
    (error) => supervisor.emit('error', error),
  );
}

module.exports = { openDoors, operate };

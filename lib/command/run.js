'use strict';

/** `rs-cluster app.js`: runs a program under a supervisor, in the foreground, until it is told to stop. */

const controlPath = require('./control_path');
const { FAILED, NOT_READY } = require('./exit_codes');
const Journal = require('./journal');
const { follow } = require('./logs');
const checkProgram = require('./program');
const Sink = require('./sink');

/** So long answers and logs that are due may take when everything has stopped, in ms. */
const REST = 2000;

/** Without this folder, this right, or a shorter path it runs as well, only nobody can give it orders. */
const isOptional = ({ code }) =>
  ['EROFS', 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code);

/**
 * Opens the doors. The control socket at its usual path is left out if it cannot be made there.
 *
 * @param {Record<string, any>} options
 * @param {Journal} journal
 */
async function openDoors(options, journal) {
  const { openDoors: open } = require('../operate');
  const control = controlPath(options);
  // Not the admin address: `path` is that of its folder, `address` its own.
  const isOfControl = ({ path, address }) => path !== undefined || address === control;
  try {
    return await open({ admin: options.admin, control });
  } catch (error) {
    if (options.control !== undefined || !isOptional(error) || !isOfControl(error)) throw error;
    journal.tell('noControl', `has no control socket: ${error.message}`);
    return open({ admin: options.admin, control: false });
  }
}

/** @param {import('./arguments').Asked} asked @returns {object} how the workers are started */
const settingsOf = ({ program, args, options }) => ({
  exec: program,
  args,
  silent: options.logs !== 'inherit',
  ...(options.cwd !== undefined && { cwd: options.cwd }),
});

/** When all is over, what is open still ends, but nothing else keeps the process. */
function end() {
  setTimeout(() => process.exit(), REST).unref();
}

/** @param {import('./arguments').Asked} asked */
module.exports = async function run(asked) {
  const { options } = asked;
  checkProgram(asked);
  const isJson = options.logs === 'json';
  const sinks = { stdout: new Sink(process.stdout, isJson), stderr: new Sink(process.stderr, isJson) };
  const journal = new Journal(sinks.stderr, isJson);
  let doors;
  try {
    doors = await openDoors(options, journal);
  } catch (error) {
    journal.tell('error', error.message, { code: error.code });
    process.exitCode = FAILED;
    return;
  }
  const cluster = /** @type {Required<typeof import('../..')>} */ (require('../..'));
  cluster.setupPrimary(settingsOf(asked));
  const supervisor = cluster.supervise({ ...options, admin: false, control: false });
  journal.follow(supervisor);
  if (options.logs !== 'inherit') {
    supervisor.on('worker', (worker, state) => {
      if (state === 'starting') follow(worker, options.logs, sinks);
    });
  }
  doors.serve(supervisor);
  if (doors.admin !== undefined)
    journal.tell('admin', `answers at http://${doors.admin}`, { address: doors.admin });
  supervisor.once('stop', end);
  supervisor.ready.catch((error) => {
    if (error.code !== 'ERR_RS_CLUSTER_CRASH_LOOP') return;
    journal.tell('crashLoop', error.message, { code: error.code });
    process.exitCode = NOT_READY;
  });
};

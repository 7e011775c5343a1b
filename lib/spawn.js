'use strict';

/** The process of a worker, with `cluster.settings` and the descriptors that rs-cluster gives it. */

const stillborn = require('./stillborn');
const trace = require('./trace');

/** @typedef {import('../dist/binding').Worker} Endpoint */

/** Whether a system call has failed, here or in the addon. */
const isOfSystem = ({ errno }) => errno < 0;

/**
 * @param {number} id
 * @param {object | undefined} env of `fork(env)`
 * @param {import('./settings').Settings} settings `cluster.settings`
 * @param {() => Endpoint} open makes the addon's Worker; called when the settings are known to be good
 * @returns {{ subprocess: import('node:child_process').ChildProcess, endpoint?: Endpoint }} without
 *   `endpoint`, the addon's Worker, if the process could not be made
 * @throws what `child_process.fork()` throws, and what `open` throws unless it is a system error
 */
module.exports = function spawn(id, env, settings, open) {
  let endpoint;
  const openDescriptor = () => {
    endpoint = open();
    return endpoint.descriptor;
  };
  try {
    // Before there is a process: if no descriptor is free to read this file with, there shall be none.
    require('./channel');
    const subprocess = spawnProcess(id, env, settings, openDescriptor);
    endpoint.spawned();
    // As in Node: a process without a descriptor for its pipes has no channel either.
    if (subprocess.stdio !== undefined) return { subprocess, endpoint };
    endpoint.close();
    return { subprocess };
  } catch (error) {
    endpoint?.close();
    // Node's own cluster throws as well what Node's own `spawn()` throws.
    if (!isOfSystem(error) || error.syscall === 'spawn') throw error;
    trace?.('worker %d: cannot be spawned: %s', id, error);
    const { execArgv, exec, args } = settings;
    return { subprocess: stillborn(error.errno, [...execArgv, exec, ...args]) };
  }
};

function spawnProcess(id, env, settings, openDescriptor) {
  const forkProcess = require('./fork');
  const inspectPort = require('./inspect_port');
  const { exec, args, cwd, serialization, silent, windowsHide, stdio, uid, gid } = settings;
  const execArgv = [...settings.execArgv];
  const options = {
    cwd,
    // The worker's channel is not Node's, so Node must not look for one.
    // The slot is that of the worker, and not of this process if it has one.
    env: {
      ...process.env,
      RS_CLUSTER_SLOT: undefined,
      ...env,
      NODE_UNIQUE_ID: `${id}`,
      NODE_CHANNEL_FD: undefined,
    },
    execArgv: [...execArgv, ...inspectPort({ ...settings, execArgv })],
    serialization,
    silent,
    windowsHide,
    stdio,
    uid,
    gid,
  };
  return forkProcess(exec, args, options, id, openDescriptor);
}

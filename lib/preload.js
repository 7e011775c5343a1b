'use strict';

/**
 * Makes a process a worker before any code of the user runs: `fork()` puts this file first in the
 * worker's NODE_OPTIONS. Neither user code nor its children see anything of it afterwards.
 *
 * A worker's threads inherit its options, so this file runs there, too. The thread of a loader (Node
 * 18) even starts before this, with all variables: it must leave the channel to the main thread.
 */

const path = require('node:path');

const { env } = process;
const { RS_CLUSTER_CHANNEL: channel } = env;

/** As `worker_threads` says, which would take longer to load than all of this (10 ms). */
const isThread = process.chdir.disabled === true;

/** Node walks over the list at this moment, so the list itself stays as it is. */
function hideFile() {
  const value = process._preload_modules.filter((file) => file !== __filename);
  Object.defineProperty(process, '_preload_modules', { value });
}

/** What `fork()` added to the environment. */
function hideVariables() {
  delete env.RS_CLUSTER_CHANNEL;
  const [, , , ...part] = channel.split(':');
  const options = require('./node_options').remove(env.NODE_OPTIONS, part.join(':'));
  if (options === undefined) delete env.NODE_OPTIONS;
  else env.NODE_OPTIONS = options;
}

function refuse(why, cause) {
  throw require('./errors').notAWorker(why, cause);
}

/** Its primary has loaded the same addon. If this process cannot, it has fewer rights. */
function loadAddon() {
  const binding = require('./binding');
  try {
    return binding.load(true);
  } catch (error) {
    const why = binding.obstacle();
    if (why !== undefined) refuse(why, error);
    throw error;
  }
}

/** @returns {object} the addon's Worker */
function attach(descriptor) {
  const { Worker } = loadAddon();
  // Node's own cluster would be a primary, and fork what forks again.
  if (!require('node:cluster').isWorker) {
    refuse('NODE_UNIQUE_ID did not reach it. What starts it must pass the environment on unchanged');
  }
  try {
    return Worker.attach(descriptor);
  } catch (cause) {
    // Without a system call that failed, the primary's first frame is not what a worker expects, and the
    // addon says what to do.
    if (cause.syscall === undefined) refuse(cause.message, cause);
    refuse(`descriptor ${descriptor} is not its channel. What starts it must pass descriptors on`, cause);
  }
}

function join() {
  const [descriptor, id, serialization] = channel.split(':');
  const native = attach(Number(descriptor));
  // On the wire before anything else: user code may block for ever, and the primary need not wait
  // until all of this side is loaded.
  native.act(JSON.stringify({ act: 'online' }));
  hideVariables();
  require('./child')(native, { id: Number(id), serialization });
}

/** What comes of a file of ours that cannot be read. By hand, because `./errors` may be one of them. */
function legible(cause) {
  if (cause.code?.startsWith('ERR_RS_CLUSTER_')) return cause;
  const folder = path.dirname(__dirname);
  const message =
    `a process was started as a worker of rs-cluster, but is none: it cannot load the files in ${folder}. ` +
    `Its user (${process.getuid()}) must have the right to read them and, under --permission, ` +
    `it needs --allow-addons and --allow-fs-read=${folder}/*`;
  return Object.assign(new Error(message, { cause }), { code: 'ERR_RS_CLUSTER_NOT_A_WORKER' });
}

function joinOrSay() {
  try {
    join();
  } catch (error) {
    throw legible(error);
  }
}

hideFile();
if (isThread) {
  if (channel !== undefined) hideVariables();
} else if (channel !== undefined) joinOrSay();
else refuse('RS_CLUSTER_CHANNEL did not reach it. What starts it must pass the environment on unchanged');

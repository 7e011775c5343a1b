'use strict';

/**
 * Makes a process a worker before any user code runs, because `fork()` puts this file first in the worker's
 * NODE_OPTIONS. It removes its flag and its variables, so that neither user code nor its child processes see
 * them.
 *
 * A worker's threads inherit its options, so this file also runs in each thread. In Node 18, the thread of a
 * loader starts before the main thread has removed the variables. Such a thread must not open the channel.
 */

const path = require('node:path');

const { env } = process;
const { RS_CLUSTER_CHANNEL: channel } = env;

/**
 * The same as `!isMainThread` of `worker_threads`. Loading that module would take longer (10 ms) than this file.
 */
const isThread = /** @type {Function & { disabled?: boolean }} */ (process.chdir).disabled === true;

/** Removes this file from the list of preloads. Node iterates over the list now, so the list is replaced. */
function hideFile() {
  const value = process._preload_modules.filter((file) => file !== __filename);
  Object.defineProperty(process, '_preload_modules', { value });
}

/** Removes everything that `fork()` has added to the environment. */
function hideVariables() {
  delete env.RS_CLUSTER_CHANNEL;
  delete env.RS_CLUSTER_IGNORE_SIGNALS;
  const [, , , ...part] = /** @type {string} */ (channel).split(':');
  const options = require('./node_options').remove(env.NODE_OPTIONS, part.join(':'));
  if (options === undefined) delete env.NODE_OPTIONS;
  else env.NODE_OPTIONS = options;
}

/** @returns {never} */
function refuse(why, cause) {
  throw require('./errors').notAWorker(why, cause);
}

/** The primary has loaded the same addon. If this process cannot load it, it has fewer permissions. */
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

/** @returns {import('../dist/binding').Worker} */
function attach({ Worker }, descriptor) {
  // Node's own cluster would act as a primary here, and fork processes that fork again.
  if (!require('node:cluster').isWorker) {
    refuse(
      'NODE_UNIQUE_ID did not reach it. The program that starts it must pass on the environment unchanged',
    );
  }
  try {
    return Worker.attach(descriptor);
  } catch (cause) {
    // If no system call has failed, the primary's first frame is not the expected one. The addon's error then
    // names the remedy.
    if (cause.syscall === undefined) refuse(cause.message, cause);
    const remedy = 'The program that starts it must pass on all descriptors';
    refuse(`descriptor ${descriptor} is not its channel. ${remedy}`, cause);
  }
}

function join() {
  const [descriptor, id, serialization] = /** @type {string} */ (channel).split(':');
  const addon = loadAddon();
  // A terminal, or systemd, sends its signals to all processes. The primary decides what they mean.
  const ignored = env.RS_CLUSTER_IGNORE_SIGNALS === undefined ? undefined : new addon.IgnoredSignals();
  const native = attach(addon, Number(descriptor));
  // It is written before everything else, because user code may block for ever. The primary also need not wait
  // until the rest of this side is loaded.
  native.act(JSON.stringify({ act: 'online' }));
  hideVariables();
  const format = /** @type {'json' | 'advanced'} */ (serialization);
  require('./child')(native, { id: Number(id), serialization: format, ignored });
}

/**
 * Converts an error of loading our own files to one that names the remedy. It does not use `./errors`, because
 * that file may be one of those that cannot be read.
 */
function legible(cause) {
  if (cause.code?.startsWith('ERR_RS_CLUSTER_')) return cause;
  const folder = path.dirname(__dirname);
  const message =
    `a process was started as a worker of rs-cluster, but did not become one: it cannot load the files in ${folder}. ` +
    `Its user (${process.getuid?.()}) must have the right to read them and, under --permission, ` +
    `it needs --allow-addons and --allow-fs-read=${folder}/*`;
  return Object.assign(new Error(message, { cause }), { code: 'ERR_RS_CLUSTER_NOT_A_WORKER' });
}

function joinOrExplain() {
  try {
    join();
  } catch (error) {
    throw legible(error);
  }
}

hideFile();
if (isThread) {
  if (channel !== undefined) hideVariables();
} else if (channel !== undefined) joinOrExplain();
else {
  refuse(
    'RS_CLUSTER_CHANNEL did not reach it. The program that starts it must pass on the environment unchanged',
  );
}

'use strict';

/**
 * cluster in the primary: settings, fork, events, disconnect. Connections are none of its
 * business; they go from the addon's reactor to the workers.
 *
 * What only a process that forks needs is loaded by its first fork: with a preload in NODE_OPTIONS
 * this file runs in every command-line tool.
 */

const EventEmitter = require('node:events');
const { syncBuiltinESMExports } = require('node:module');
const keep = require('./give_back');
const stillborn = require('./stillborn');
const trace = require('./trace');
const defineWorker = require('./worker');

/** What programs know as `cluster`. */
let cluster;

/** With `register`: gives Node's own cluster back, as long as no worker exists. */
let giveBack;
/** Node's own functions, once that is done. Programs may hold ours. */
let own;

/** The workers that have not both disconnected and exited, also those that left `cluster.workers` before. */
const living = new Set();

/** Emits the id of a worker that is no longer among them. */
const gone = new EventEmitter().setMaxListeners(0);

/** The channel of each worker. */
const channels = new WeakMap();

/** Workers that came online, and those whose channel we closed before we could know. */
const known = new WeakSet();

/** Workers that run as another user than the primary. */
const asOther = new WeakSet();

let ids = 0;
/** The scheduling policy, frozen by the first setup. */
let policy;
/** What Node took it from when it loaded its cluster. */
const policyAtLoad = process.env.NODE_CLUSTER_SCHED_POLICY;
/** The addon's Cluster, started by the first fork. */
let reactor;
/** Reads its figures. */
let readStats;
/** Whether all that a fork needs is loaded. */
let areLoaded = false;

const Worker = defineWorker({
  disconnect() {
    this.exitedAfterDisconnect = true;
    channels.get(this)?.act({ act: 'disconnect' });
    reactor?.leave(this.id);
    delete cluster.workers[this.id];
    return this;
  },

  destroy(signal) {
    this.process.kill(signal || 'SIGTERM');
  },
});

/** As Node looks for a flag: in whatever a program has in the place of a list of texts. */
function hasFlag(execArgv, start) {
  return Array.prototype.some.call(execArgv, (arg) => String.prototype.startsWith.call(arg, start));
}

function setupPrimary(options) {
  if (own !== undefined) {
    own.setupPrimary.call(cluster, options);
    return;
  }
  const settings = {
    args: process.argv.slice(2),
    exec: process.argv[1],
    execArgv: process.execArgv,
    silent: false,
    ...cluster.settings,
    ...options,
  };
  const { execArgv } = settings;
  // What V8 writes are addresses, which mean nothing in another process: a file each.
  if (hasFlag(execArgv, '--prof') && !hasFlag(execArgv, '--logfile=')) {
    settings.execArgv = [...execArgv, '--logfile=v8-%p.log'];
  }
  cluster.settings = settings;
  process.nextTick(() => cluster.emit('setup', settings));
  if (policy === undefined) setupOnce();
}

function setupOnce() {
  const { SCHED_NONE, SCHED_RR } = cluster;
  // A preload made Node look before the program could say: look again.
  const late = process.env.NODE_CLUSTER_SCHED_POLICY;
  if (late !== policyAtLoad && late === 'rr') cluster.schedulingPolicy = SCHED_RR;
  if (late !== policyAtLoad && late === 'none') cluster.schedulingPolicy = SCHED_NONE;
  const { schedulingPolicy } = cluster;
  if (schedulingPolicy !== SCHED_NONE && schedulingPolicy !== SCHED_RR) {
    throw require('./errors').badPolicy(schedulingPolicy);
  }
  policy = schedulingPolicy;

  // A debugger that attaches to the primary attaches to its workers.
  process.on('internalMessage', ({ cmd }) => {
    if (cmd !== 'NODE_DEBUG_ENABLED') return;
    for (const worker of Object.values(cluster.workers)) {
      const debug = () => process._debugProcess(worker.process.pid);
      if (worker.state === 'online' || worker.state === 'listening') debug();
      else worker.once('online', debug);
    }
  });
}

function fork(env) {
  if (own === undefined) loadParts();
  if (own !== undefined) return own.fork.call(cluster, env);
  setupPrimary();
  const id = ++ids;
  const { subprocess, connect } = spawn(id, env);

  const worker = new Worker({ id, process: subprocess });
  if (cluster.settings.uid !== undefined || cluster.settings.gid !== undefined) asOther.add(worker);
  worker.on('message', function onmessage(message, handle) {
    cluster.emit('message', this, message, handle);
  });
  subprocess.once('exit', (code, signal) => onexit(worker, code, signal));
  if (connect !== undefined) {
    connect(worker);
    living.add(worker);
  }

  // As in Node, also one that could not be made, and of which nothing will ever come.
  cluster.workers[id] = worker;
  trace?.('worker %d: forked as process %d', id, subprocess.pid);
  process.nextTick(() => cluster.emit('fork', worker));
  return worker;
}

/**
 * All that a fork needs, before it begins: what cannot be loaded is the end of rs-cluster in this process,
 * unless only descriptors are missing.
 */
function loadParts() {
  if (areLoaded) return;
  try {
    require('./errors');
    require('./binding').load();
    require('./claim_timeout');
    require('./stats');
    require('./channel');
    require('./fork');
    require('./inspect_port');
    require('./readable')();
    areLoaded = true;
  } catch (error) {
    if (error.code === 'EMFILE' || error.code === 'ENFILE') return; // `spawn()` will say so, as Node's own does.
    if (giveBack === undefined) throw legible(error);
    own = giveBack(error);
  }
}

/** What comes of a file of ours that is not there, or may not be read, in words. */
function legible(error) {
  if (error.code?.startsWith('ERR_RS_CLUSTER_')) return error;
  const [what] = error.message.split('\n');
  return require('./errors').unsupported(
    `rs-cluster cannot load its own files in ${__dirname}: ${what}`,
    error,
  );
}

/** Whether a system call has failed, here or in the addon. */
const isOfSystem = ({ errno }) => errno < 0;

/**
 * @returns {{ subprocess: ChildProcess, connect?: (worker: Worker) => void }} `connect` opens the
 *   channel; nothing if the process could not be made
 */
function spawn(id, env) {
  let endpoint;
  const open = () => {
    const { Cluster } = require('./binding').load();
    const claimTimeout = require('./claim_timeout');
    // Now, because it may be asked when there is no descriptor to read its file with.
    readStats ??= require('./stats');
    reactor ??= new Cluster(policy === cluster.SCHED_RR, claimTimeout(cluster.settings), onreport);
    const mayListen = process.permission === undefined || require('./permission').mayListen();
    endpoint = reactor.fork(id, mayListen);
    return endpoint.descriptor;
  };
  try {
    const Channel = require('./channel');
    const subprocess = spawnProcess(id, env, open);
    endpoint.spawned();
    // As in Node: without a descriptor for its pipes, a process has no channel either.
    if (subprocess.stdio !== undefined) {
      return { subprocess, connect: (worker) => connect(worker, subprocess, endpoint, Channel) };
    }
    endpoint.close();
    return { subprocess };
  } catch (error) {
    endpoint?.close();
    // What Node's own `spawn()` throws, it throws of its own cluster as well.
    if (!isOfSystem(error) || error.syscall === 'spawn') throw error;
    trace?.('worker %d: is not made: %s', id, error);
    const { execArgv, exec, args } = cluster.settings;
    return { subprocess: stillborn(error.errno, [...execArgv, exec, ...args]) };
  }
}

function spawnProcess(id, env, open) {
  const forkProcess = require('./fork');
  const inspectPort = require('./inspect_port');
  const { exec, args, cwd, serialization, silent, windowsHide, stdio, uid, gid } = cluster.settings;
  const execArgv = [...cluster.settings.execArgv];
  const options = {
    cwd,
    // The worker's channel is not Node's: it must look for none.
    env: { ...process.env, ...env, NODE_UNIQUE_ID: `${id}`, NODE_CHANNEL_FD: undefined },
    execArgv: [...execArgv, ...inspectPort({ ...cluster.settings, execArgv })],
    serialization,
    silent,
    windowsHide,
    stdio,
    uid,
    gid,
  };
  return forkProcess(exec, args, options, id, open);
}

function connect(worker, subprocess, endpoint, Channel) {
  const on = {
    acts: actsOf(worker),
    close(isOurs) {
      if (isOurs) known.add(worker);
      ondisconnect(worker);
    },
    nonsense: (error) => onnonsense(worker, error),
  };
  const serialization = cluster.settings.serialization ?? 'json';
  channels.set(worker, new Channel(subprocess, endpoint, serialization, on, true));
}

/** What the reactor has to say: of a worker, or (0) of itself. */
function onreport(id, reason) {
  trace?.('worker %d: %s', id, reason);
  // Without its thread the primary accepts nothing any more. It must not go on in silence.
  if (id === 0) throw new Error(`rs-cluster's thread has ended: ${reason}`);
  const worker = cluster.workers[id];
  if (worker) onnonsense(worker, new Error(`the lane of worker ${id} was closed: ${reason}`));
}

/** What a worker may say of its life (`./lifecycle`). */
const actsOf = (worker) => ({
  online() {
    known.add(worker);
    worker.state = 'online';
    worker.emit('online');
    cluster.emit('online', worker);
  },

  listening({ addressType, address, port, fd }) {
    const info = { addressType, address, port, fd };
    worker.state = 'listening';
    worker.emit('listening', info);
    cluster.emit('listening', worker, info);
  },

  // Who learns of it by a message that follows finds the port free.
  closed({ key }) {
    reactor.closed(worker.id, key);
  },

  exitedAfterDisconnect({ seq }) {
    worker.exitedAfterDisconnect = true;
    reactor.leave(worker.id);
    channels.get(worker).answer({ act: 'ack', seq });
  },
});

function onexit(worker, code, signal) {
  trace?.('worker %d: exits with %s', worker.id, signal ?? code);
  // Until it has disconnected too, a listener may still want to find it in `workers`.
  if (!worker.isConnected()) bury(worker);
  // A process that the worker has started may hold the other end, and keep it open.
  else setImmediate(() => channels.get(worker).finish());
  worker.exitedAfterDisconnect = !!worker.exitedAfterDisconnect;
  worker.state = 'dead';
  worker.emit('exit', code, signal);
  cluster.emit('exit', worker, code, signal);
}

function ondisconnect(worker) {
  const subprocess = worker.process;
  trace?.('worker %d: is disconnected', worker.id);
  reactor.leave(worker.id);
  if (worker.isDead()) bury(worker);
  worker.exitedAfterDisconnect = !!worker.exitedAfterDisconnect;
  worker.state = 'disconnected';
  worker.emit('disconnect');
  cluster.emit('disconnect', worker);
  process.nextTick(() => {
    if (++subprocess._closesGot !== subprocess._closesNeeded) return;
    subprocess.emit('close', subprocess.exitCode, subprocess.signalCode);
  });
}

/**
 * The worker broke the protocol and was cut off. Tell who listens, but do not die of it: an error of
 * the process becomes one of its Worker, where it must not be the first that anybody hears of.
 */
function onnonsense(worker, error) {
  if (worker.listenerCount('error') > 0) worker.process.emit('error', error);
  else process.emitWarning(error);
}

function bury(worker) {
  delete cluster.workers[worker.id];
  living.delete(worker);
  gone.emit(worker.id);
  if (!known.has(worker)) onfalseworker(worker);
}

/**
 * It never was a worker. If it reports success, or could not even read the file that would have told,
 * nobody else tells (`__test__/preload/false-workers.js`, `__test__/swap/unreadable-files.js`).
 */
function onfalseworker(worker) {
  const { exitCode, pid } = worker.process;
  const questions = {
    0: 'Does what starts it pass NODE_OPTIONS on unchanged?',
    1: asOther.has(worker) && `Can its user (settings.uid, settings.gid) read the files in ${__dirname}?`,
  };
  if (!questions[exitCode]) return;
  const { notAWorker } = require('./errors');
  const who = `process ${pid} (worker ${worker.id}) ended with code ${exitCode} without a word`;
  onnonsense(worker, notAWorker(`${who}. ${questions[exitCode]}`));
}

/**
 * Disconnects all workers. Node's callback may run when the first of them has exited, and knows
 * nothing of those that were told to disconnect before; ours runs when all are gone, as the
 * documentation has it. It does not wait for one that had disconnected already, and lives on by
 * itself (test-cluster-disconnect-before-exit.js).
 */
function disconnect(callback) {
  if (own !== undefined) {
    own.disconnect.call(cluster, callback);
    return;
  }
  const leaving = [...living].filter((worker) => worker.isConnected() || worker.id in cluster.workers);
  let waiting = leaving.length;
  const done = () => {
    if (--waiting > 0 || typeof callback !== 'function') return;
    try {
      callback();
    } catch (error) {
      // Others wait for the same worker.
      process.nextTick(() => {
        throw error;
      });
    }
  };
  if (waiting === 0) process.nextTick(done);
  for (const worker of leaving) gone.once(worker.id, done);
  for (const worker of Object.values(cluster.workers)) {
    if (worker.isConnected()) worker.disconnect();
  }
}

/** What has become of the connections so far. It asks neither a worker nor the reactor's thread. */
function stats() {
  return reactor === undefined ? { accepted: 0, queued: 0, workers: {} } : readStats(reactor);
}

/** What Node's has not: out of the way, so that its own members are those of Node's. */
const ours = Object.create(EventEmitter.prototype, {
  stats: { value: stats, writable: true, configurable: true },
});

/**
 * Makes a cluster of `object`: Node's own, so that packages which require that for themselves find
 * this cluster too, or one beside it.
 *
 * @param {EventEmitter} object has the members of Node's own. Settings that were made already stay
 * @param {(error: Error) => void} [warn] instead of an error of the first fork, Node's own members are
 *   put back, and this is called
 * @returns {EventEmitter} `object`
 */
module.exports = function setup(object, warn) {
  const members = { Worker, setupPrimary, setupMaster: setupPrimary, fork, disconnect };
  if (warn !== undefined) giveBack = keep(object, members, warn);
  cluster = Object.assign(object, members, { workers: {} });
  Object.setPrototypeOf(cluster, ours);
  syncBuiltinESMExports();
  return cluster;
};

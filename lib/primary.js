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
const trace = require('./trace');
const defineWorker = require('./worker');

/** What programs know as `cluster`. */
let cluster;

/** The workers that have not both disconnected and exited, also those that left `cluster.workers` before. */
const living = new Set();

/** Emits the id of a worker that is no longer among them. */
const gone = new EventEmitter().setMaxListeners(0);

/** The channel of each worker. */
const channels = new WeakMap();

/** The default of `settings.claimTimeout`. */
const CLAIM_TIMEOUT = 5;
const LONGEST_TIMEOUT = 2 ** 31 - 1;

let ids = 0;
/** The scheduling policy, frozen by the first setup. */
let policy;
/** What Node took it from when it loaded its cluster. */
const policyAtLoad = process.env.NODE_CLUSTER_SCHED_POLICY;
/** The addon's Cluster, started by the first fork. */
let reactor;

const Worker = defineWorker({
  disconnect() {
    this.exitedAfterDisconnect = true;
    channels.get(this)?.act({ act: 'disconnect' });
    reactor?.retire(this.id);
    delete cluster.workers[this.id];
    return this;
  },

  destroy(signal) {
    this.process.kill(signal || 'SIGTERM');
  },
});

function setupPrimary(options) {
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
  const profiled = execArgv.some((arg) => arg.startsWith('--prof'));
  if (profiled && !execArgv.some((arg) => arg.startsWith('--logfile='))) {
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
    throw new Error(`cluster.schedulingPolicy must be SCHED_RR or SCHED_NONE, not ${schedulingPolicy}`);
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
  const Channel = require('./channel');
  setupPrimary();
  const id = ++ids;
  const serialization = cluster.settings.serialization ?? 'json';
  const { subprocess, endpoint } = spawn(id, env);

  const worker = new Worker({ id, process: subprocess });
  worker.on('message', function onmessage(message, handle) {
    cluster.emit('message', this, message, handle);
  });
  subprocess.once('exit', (code, signal) => onexit(worker, code, signal));
  const on = {
    act: (act) => acts[act.act]?.(worker, act),
    close: () => ondisconnect(worker),
    nonsense: (error) => onnonsense(worker, error),
  };
  channels.set(worker, new Channel(subprocess, endpoint, serialization, on, true));

  cluster.workers[id] = worker;
  living.add(worker);
  trace?.('worker %d: forked as process %d', id, subprocess.pid);
  process.nextTick(() => cluster.emit('fork', worker));
  return worker;
}

/**
 * How long a worker may let a connection wait while another has room, in ms. As the policy, it
 * stands from the first fork on.
 */
function claimTimeout() {
  const value = cluster.settings.claimTimeout ?? process.env.RS_CLUSTER_CLAIM_TIMEOUT;
  if (value === undefined || value === '') return CLAIM_TIMEOUT;
  const timeout = Number(value);
  if (Number.isInteger(timeout) && timeout >= 0 && timeout <= LONGEST_TIMEOUT) return timeout;
  const { outOfRange } = require('./errors');
  throw outOfRange('claimTimeout', `an integer >= 0 and <= ${LONGEST_TIMEOUT}`, value);
}

function spawn(id, env) {
  const binding = require('./binding');
  const forkProcess = require('./fork');
  const inspectPort = require('./inspect_port');
  const { exec, args, cwd, serialization, silent, windowsHide, stdio, uid, gid } = cluster.settings;
  const options = {
    cwd,
    env: { ...process.env, ...env, NODE_UNIQUE_ID: `${id}` },
    execArgv: [...cluster.settings.execArgv, ...inspectPort(cluster.settings)],
    serialization,
    silent,
    windowsHide,
    stdio,
    uid,
    gid,
  };
  const environment = (descriptor) => ({
    RS_CLUSTER_CHANNEL: `${descriptor}:${id}:${serialization ?? 'json'}`,
  });
  let endpoint;
  const open = () => {
    reactor ??= new (binding.load().Cluster)(policy === cluster.SCHED_RR, claimTimeout(), onreport);
    endpoint = reactor.fork(id);
    return endpoint.descriptor;
  };
  try {
    const subprocess = forkProcess(exec, args, options, environment, open);
    endpoint.spawned();
    return { subprocess, endpoint };
  } catch (error) {
    endpoint?.close();
    throw error;
  }
}

/** What the reactor has to say: of a worker, or (0) of itself. */
function onreport(id, reason) {
  trace?.('worker %d: %s', id, reason);
  // Without its thread the primary accepts nothing any more. It must not go on in silence.
  if (id === 0) throw new Error(`rs-cluster's thread has ended: ${reason}`);
  const worker = cluster.workers[id];
  if (worker) onnonsense(worker, new Error(`the lane of worker ${id} was closed: ${reason}`));
}

/** The lifecycle acts of a worker. */
const acts = {
  online(worker) {
    worker.state = 'online';
    worker.emit('online');
    cluster.emit('online', worker);
  },

  listening(worker, { addressType, address, port, fd }) {
    const info = { addressType, address, port, fd };
    worker.state = 'listening';
    worker.emit('listening', info);
    cluster.emit('listening', worker, info);
  },

  // Who learns of it by a message that follows finds the port free.
  closed(worker) {
    reactor.settle(worker.id);
  },

  exitedAfterDisconnect(worker, { seq }) {
    worker.exitedAfterDisconnect = true;
    reactor.retire(worker.id);
    channels.get(worker).act({ act: 'ack', seq });
  },
};

function onexit(worker, code, signal) {
  trace?.('worker %d: exits with %s', worker.id, signal ?? code);
  // Until it has disconnected too, a listener may still want to find it in `workers`.
  if (!worker.isConnected()) bury(worker);
  worker.exitedAfterDisconnect = !!worker.exitedAfterDisconnect;
  worker.state = 'dead';
  worker.emit('exit', code, signal);
  cluster.emit('exit', worker, code, signal);
}

function ondisconnect(worker) {
  const subprocess = worker.process;
  trace?.('worker %d: is disconnected', worker.id);
  reactor.retire(worker.id);
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

/** The worker spoke nonsense and was cut off. Tell who listens, but do not die of it. */
function onnonsense(worker, error) {
  // Worker itself listens to its process, to emit the error again.
  if (worker.listenerCount('error') > 0 || worker.process.listenerCount('error') > 1) {
    worker.process.emit('error', error);
  } else {
    process.emitWarning(error);
  }
}

function bury(worker) {
  delete cluster.workers[worker.id];
  living.delete(worker);
  gone.emit(worker.id);
}

/**
 * Disconnects all workers. Node's callback may run when the first of them has exited, and knows
 * nothing of those that were told to disconnect before; ours runs when all are gone, as the
 * documentation has it. It does not wait for one that had disconnected already, and lives on by
 * itself (test-cluster-disconnect-before-exit.js).
 */
function disconnect(callback) {
  const leaving = [...living].filter((worker) => worker.isConnected() || worker.id in cluster.workers);
  let waiting = leaving.length;
  const done = () => {
    if (--waiting <= 0 && typeof callback === 'function') callback();
  };
  if (waiting === 0) process.nextTick(done);
  for (const worker of leaving) gone.once(worker.id, done);
  for (const worker of Object.values(cluster.workers)) {
    if (worker.isConnected()) worker.disconnect();
  }
}

/** What has become of the connections so far. It needs no worker to answer. */
function stats() {
  return reactor?.stats() ?? { accepted: 0, waiting: 0, workers: {} };
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
 * @returns {EventEmitter} `object`
 */
module.exports = function setup(object) {
  cluster = Object.assign(object, {
    Worker,
    workers: {},
    setupPrimary,
    setupMaster: setupPrimary,
    fork,
    disconnect,
  });
  Object.setPrototypeOf(cluster, ours);
  syncBuiltinESMExports();
  return cluster;
};

'use strict';

/**
 * cluster in a worker. Node asks its own cluster object for a listening handle, so that object
 * becomes ours in place: what `require('node:cluster')` gives, what `net` and `dgram` call, and
 * what `require('rs-cluster')` gives are the same.
 *
 * Node has seen NODE_UNIQUE_ID and has set itself up as a worker already, without a channel. Its
 * Worker object is replaced, and the listeners that it left on `process` are taken off.
 */

const { syncBuiltinESMExports } = require('node:module');
const cluster = /** @type {Cluster} */ (require('node:cluster'));
const Channel = require('./channel');
const Drainer = require('./drainer');
const { enter } = require('./lifecycle');
const Servers = require('./servers');
const defineWorker = require('./worker');

/** The process that has started this one. If it ends, the system gives this one another parent. */
const PARENT = process.ppid;

/** Of a worker that a supervisor has started. */
const { RS_CLUSTER_SLOT: SLOT } = process.env;

/** How often a worker that has drained looks whether its primary is still there, in ms. */
const ORPHAN_INTERVAL = 1000;

/** @typedef {import('node:cluster').Cluster & { worker: import('./worker').Worker }} Cluster */

/** How many characters of an error the primary is told. */
const LONGEST_ERROR = 4096;

let channel;
let servers;
/** SIGTERM and SIGINT, if this worker shall ignore them. @type {import('../dist/binding').IgnoredSignals | undefined} */
let ignored;
/** If the primary wants to know the metrics of the program. @type {(() => Promise<void>) | undefined} */
let sendMetrics;
/** Whether the channel has closed because the primary is gone, or does not want this worker any more. */
let isOrphan = false;
let acks = 0;
/** What is done when the primary has acknowledged an act, by the act's number. */
const onack = new Map();

const Worker = defineWorker({
  /** Closes all servers, waits for their connections, then leaves the primary. */
  disconnect() {
    if (this.state === 'disconnecting' || this.state === 'destroying') return this;
    enter(this, 'disconnecting');
    leave(this, announceExit);
    return this;
  },

  /** Leaves at once, with code 0. */
  destroy() {
    if (this.state === 'destroying') return;
    this.exitedAfterDisconnect = true;
    if (!this.isConnected()) process.exit(0);
    enter(this, 'destroying');
    announceExit();
  },

  inherited: {
    ready() {
      channel.act({ act: 'ready' });
    },
    slot: SLOT === undefined ? undefined : Number(SLOT),
  },
});

function disconnect() {
  if (process.connected) channel.disconnect();
}

function leave(worker, then) {
  worker.exitedAfterDisconnect = true;
  servers.close(then);
}

/** The primary ends a process that stays after its drain. Without a primary, nobody would. */
function exitIfOrphan() {
  const look = () => process.ppid !== PARENT && process.exit(0);
  setInterval(look, ORPHAN_INTERVAL).unref();
}

/** The primary must know that this exit is voluntary before it sees the channel close. */
function announceExit() {
  if (!process.connected) return;
  const seq = ++acks;
  onack.set(seq, disconnect);
  channel.act({ act: 'exitedAfterDisconnect', seq });
}

/** What the primary may say (`./lifecycle`). */
const acts = {
  ack({ seq }) {
    const callback = onack.get(seq);
    onack.delete(seq);
    callback?.();
  },

  disconnect() {
    leave(cluster.worker, disconnect);
  },

  limitRequests({ requests }) {
    if (requests > 0) require('./requests')(requests, () => channel.act({ act: 'requestsServed' }));
  },

  metricsAsked() {
    sendMetrics ??= () => require('./registry')((act) => channel.act(act));
    sendMetrics();
  },

  lastResponses() {
    require('./last_responses')();
  },

  drain({ timeout, idleGrace }) {
    const { worker } = cluster;
    // SIGTERM ends what remains after a drain.
    ignored?.heed();
    enter(worker, 'draining');
    worker.exitedAfterDisconnect = true;
    const end = () => {
      if (isOrphan) process.exit(0);
      disconnect();
      exitIfOrphan();
    };
    const drainer = new Drainer(servers.retire(), () => {
      if (sendMetrics === undefined) end();
      else sendMetrics().then(end);
    });
    try {
      worker.emit('drain', Date.now() + timeout);
    } finally {
      drainer.start(timeout, idleGrace ?? undefined);
    }
  },
};

function onclose(isOurs) {
  const { worker } = cluster;
  isOrphan = !isOurs;
  // Nobody else ends this process now.
  ignored?.heed();
  servers.end();
  worker.emit('disconnect');
  // The primary is gone, or has disconnected this worker, or the worker destroys itself. It exits when
  // its messages are written. Node's own worker loses them.
  if (!worker.exitedAfterDisconnect || worker.state === 'destroying') channel.drained(() => process.exit(0));
}

/** Removes the listeners that Node's own worker added at bootstrap, before all others. */
function removeBuiltinWorker() {
  for (const event of ['message', 'error', 'disconnect', 'internalMessage']) {
    const [first] = process.rawListeners(event);
    if (first !== undefined) process.removeListener(event, first);
  }
}

/** A supervisor can then say why this worker has failed, also if it does not read what the worker writes. */
function tellOfErrors() {
  process.on('uncaughtExceptionMonitor', (error) => {
    const { inspect } = require('node:util');
    channel.act({ act: 'uncaught', text: `${inspect(error).slice(0, LONGEST_ERROR)}\n` });
  });
}

/** As in Node: a listener for 'message' or 'disconnect' keeps the process alive. */
function stayForListeners({ control }) {
  const counts = (event) => event === 'message' || event === 'disconnect';
  process.on('newListener', (event) => {
    if (counts(event)) control.refCounted();
  });
  process.on('removeListener', (event) => {
    if (counts(event)) control.unrefCounted();
  });
  // Node's own worker has such a listener, so it stays alive as long as its channel is open.
  process.on('disconnect', () => {});
}

/**
 * Turns this process into a worker.
 *
 * @param {import('../dist/binding').Worker} native attached to the inherited channel
 * @param {{ id: number, serialization: 'json' | 'advanced', ignored?: import('../dist/binding').IgnoredSignals }} options
 */
module.exports = function setup(native, { id, serialization, ignored: signals }) {
  ignored = signals;
  removeBuiltinWorker();
  channel = new Channel(process, native, serialization, 'primary', {
    acts,
    close: onclose,
    protocolError: (error) => process.emitWarning(error),
  });
  stayForListeners(channel);
  if (SLOT !== undefined) tellOfErrors();
  servers = new Servers(native.lane(), {
    listening(act) {
      enter(cluster.worker, 'listening');
      channel.act({ act: 'listening', ...act });
    },
    closed: (key) => channel.act({ act: 'closed', key }),
    lost: () => channel.lose(),
    refused: (error) => channel.refuse(error),
  });

  cluster.worker = new Worker({ id, process, state: 'online' });
  cluster.Worker = Worker;
  cluster._getServer = (server, options, callback) => servers.getServer(server, options, callback);
  syncBuiltinESMExports();
};

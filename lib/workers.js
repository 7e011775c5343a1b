'use strict';

/**
 * The primary's workers: what becomes of each, from its first act until its process and its
 * channel have both ended.
 */

const EventEmitter = require('node:events');
const trace = require('./trace');

// The first fork has loaded these (`./parts`). A process that never forks needs none of them.
const enter = (worker, state) => require('./lifecycle').enter(worker, state);
const loadDrain = () => require('./drain');

class Workers {
  /** The channel of each worker. */
  #channels = new WeakMap();
  /** Those of which something has still to end. Some of them are in `cluster.workers` no more. */
  #living = new Set();
  /** Emits the id of a worker of which nothing has to end any more. */
  #gone = new EventEmitter().setMaxListeners(0);
  /** Those that came online, and those whose channel this process closed before it could know. */
  #known = new WeakSet();
  /** What the drain of a worker comes to. */
  #drains = new WeakMap();
  /** The slots of those that a supervisor has started. */
  #slots = new WeakMap();
  /**
   * What a supervisor wants to know of its workers, by their ids.
   * @type {{ uncaught(id: number, text: string): void, requestsServed(id: number): void, metrics(id: number, act: object): void } | undefined}
   */
  supervisor;
  /** Those that run as another user than the primary. */
  #asOtherUser = new WeakSet();
  #cluster;
  #reactor;

  /**
   * @param {EventEmitter} cluster
   * @param {import('./reactor')} reactor
   */
  constructor(cluster, reactor) {
    this.#cluster = cluster;
    this.#reactor = reactor;
  }

  /** A worker was forked. @param {object} [endpoint] the addon's Worker; none if it has no channel */
  add(worker, endpoint) {
    const { process: subprocess } = worker;
    const { uid, gid } = this.#cluster.settings;
    if (uid !== undefined || gid !== undefined) this.#asOtherUser.add(worker);
    subprocess.once('exit', (code, signal) => this.#onexit(worker, code, signal));
    if (endpoint === undefined) return;
    this.#connect(worker, endpoint);
    this.#living.add(worker);
  }

  #connect(worker, endpoint) {
    const Channel = require('./channel');
    const on = {
      acts: this.#actsOf(worker),
      close: (isOurs) => {
        if (isOurs) this.#known.add(worker);
        this.#ondisconnect(worker);
      },
      protocolError: (error) => onprotocolerror(worker, error),
    };
    const serialization = this.#cluster.settings.serialization ?? 'json';
    this.#channels.set(worker, new Channel(worker.process, endpoint, serialization, 'worker', on));
  }

  /** What a worker may say of its life (`./lifecycle`). */
  #actsOf(worker) {
    const cluster = this.#cluster;
    return {
      online: () => {
        this.#known.add(worker);
        enter(worker, 'online');
        worker.emit('online');
        cluster.emit('online', worker);
      },

      listening({ addressType, address, port, fd }) {
        const info = { addressType, address, port, fd };
        enter(worker, 'listening');
        worker.emit('listening', info);
        cluster.emit('listening', worker, info);
      },

      ready: () => {
        worker.emit('ready');
        cluster.emit('ready', worker);
      },

      uncaught: ({ text }) => this.supervisor?.uncaught(worker.id, text),

      requestsServed: () => this.supervisor?.requestsServed(worker.id),

      metrics: (act) => this.supervisor?.metrics(worker.id, act),

      // A process that learns of it by a message that follows finds the port free.
      closed: ({ key }) => this.#reactor.closed(worker.id, key),

      exitedAfterDisconnect: ({ seq }) => {
        worker.exitedAfterDisconnect = true;
        this.#reactor.leave(worker.id);
        this.#channels.get(worker).answer({ act: 'ack', seq });
      },
    };
  }

  /** The reactor has closed a worker's lane, or (0) has ended. */
  onreport(id, reason) {
    trace?.('worker %d: %s', id, reason);
    // Without its thread the primary accepts nothing any more. It must not go on in silence.
    if (id === 0) throw new Error(`rs-cluster's thread has ended: ${reason}`);
    const worker = this.#cluster.workers[id];
    if (worker) onprotocolerror(worker, new Error(`the lane of worker ${id} was closed: ${reason}`));
  }

  #onexit(worker, code, signal) {
    trace?.('worker %d: exits with %s', worker.id, signal ?? code);
    // A listener may still want to find it in `workers`, until it has disconnected too.
    if (!worker.isConnected()) this.#bury(worker);
    // A process that the worker has started may hold the other end, and keep it open.
    else setImmediate(() => this.#channels.get(worker).finish());
    worker.exitedAfterDisconnect = !!worker.exitedAfterDisconnect;
    enter(worker, 'dead');
    worker.emit('exit', code, signal);
    this.#cluster.emit('exit', worker, code, signal);
  }

  #ondisconnect(worker) {
    const subprocess = worker.process;
    trace?.('worker %d: is disconnected', worker.id);
    this.#reactor.leave(worker.id);
    if (worker.isDead()) this.#bury(worker);
    worker.exitedAfterDisconnect = !!worker.exitedAfterDisconnect;
    enter(worker, 'disconnected');
    worker.emit('disconnect');
    this.#cluster.emit('disconnect', worker);
    process.nextTick(() => {
      if (++subprocess._closesGot !== subprocess._closesNeeded) return;
      subprocess.emit('close', subprocess.exitCode, subprocess.signalCode);
    });
  }

  #bury(worker) {
    delete this.#cluster.workers[worker.id];
    this.#living.delete(worker);
    this.#gone.emit(worker.id);
    if (this.#known.has(worker)) return;
    const error = require('./false_worker')(worker, this.#asOtherUser.has(worker));
    if (error !== undefined) onprotocolerror(worker, error);
  }

  /** @returns {number | undefined} the slot of a worker that a supervisor has started */
  slotOf(worker) {
    return this.#slots.get(worker);
  }

  setSlot(worker, slot) {
    this.#slots.set(worker, slot);
  }

  /** Sends an act to a worker, unless it was born without a channel. */
  tell(worker, act) {
    this.#channels.get(worker)?.act(act);
  }

  /** Tells a worker to close its servers and to disconnect. */
  disconnect(worker) {
    worker.exitedAfterDisconnect = true;
    // Before the act: otherwise the worker may seem to have closed its servers by itself.
    this.#reactor.leave(worker.id);
    this.tell(worker, { act: 'disconnect' });
    delete this.#cluster.workers[worker.id];
  }

  /**
   * Takes a worker out of service without losing a request.
   *
   * @param {import('./worker').Worker} worker
   * @param {object} [options] see `index.d.ts`
   * @returns {Promise<{ killed: boolean }>} the same for each call
   * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
   */
  drain(worker, options) {
    const checked = loadDrain().readOptions(options);
    if (!this.#drains.has(worker)) this.#drains.set(worker, this.#beginDrain(worker, checked));
    return this.#drains.get(worker);
  }

  #beginDrain(worker, options) {
    worker.exitedAfterDisconnect = true;
    // Before the act, so that nothing is dealt to a worker that says `Connection: close`.
    this.#reactor.leave(worker.id);
    if (worker.isConnected()) enter(worker, 'draining');
    const { Drain } = loadDrain();
    return new Drain(worker, options).run((act) => this.tell(worker, act));
  }

  /**
   * Tells all workers. Node calls back when the first of them has exited, and forgets those that
   * were told to disconnect before. The documentation says: when all have disconnected and their
   * handles are closed. That is done here. A worker that had disconnected already, and lives on by
   * itself, is not waited for (test-cluster-disconnect-before-exit.js).
   *
   * @param {() => void} callback
   */
  disconnectAll(callback) {
    const { workers } = this.#cluster;
    const leaving = [...this.#living].filter((worker) => worker.isConnected() || worker.id in workers);
    let remaining = leaving.length;
    const done = () => {
      if (--remaining > 0) return;
      try {
        callback();
      } catch (error) {
        // Other callbacks wait for the same worker.
        process.nextTick(() => {
          throw error;
        });
      }
    };
    if (remaining === 0) process.nextTick(done);
    for (const worker of leaving) this.#gone.once(worker.id, done);
    for (const worker of Object.values(workers)) {
      if (worker.isConnected()) worker.disconnect();
    }
  }
}

/**
 * The worker broke the protocol and is disconnected. The primary does not die of it: without a
 * listener for 'error' it is a warning. With one, it is an error of the process first, because
 * Worker passes that on.
 */
function onprotocolerror(worker, error) {
  if (worker.listenerCount('error') > 0) worker.process.emit('error', error);
  else process.emitWarning(error);
}

module.exports = Workers;

'use strict';

/**
 * cluster in the primary: `setupPrimary`, `fork`, `disconnect`, `stats`. Connections are none of its
 * business; they go from the addon's reactor to the workers.
 */

const { syncBuiltinESMExports } = require('node:module');
const keep = require('./give_back');
const inherited = require('./inherited');
const parts = require('./parts');
const Reactor = require('./reactor');
const { policyOf, settingsOf } = require('./settings');
const spawn = require('./spawn');
const trace = require('./trace');
const defineWorker = require('./worker');
const Workers = require('./workers');

class Primary {
  #ids = 0;
  /** The scheduling policy. The first setup freezes it. */
  #policy;
  #reactor = new Reactor((id, reason) => this.#workers.onreport(id, reason));
  #workers;
  #Worker;
  /** What programs know as `cluster`. */
  #cluster;
  /** With `register`: gives Node's own cluster back, as long as no worker exists. */
  #giveBack;
  /** Node's own members after that, because a program may hold ours. */
  #own;
  /** The last one. @type {import('./supervisor') | undefined} */
  #supervisor;

  /**
   * @param {import('node:events').EventEmitter} cluster
   * @param {(error: Error) => void} [warn] see `setup` below
   */
  constructor(cluster, warn) {
    this.#cluster = cluster;
    this.#workers = new Workers(cluster, this.#reactor);
    const [reactor, workers] = [this.#reactor, this.#workers];
    this.#Worker = defineWorker({
      disconnect() {
        workers.disconnect(this);
        return this;
      },
      destroy(signal) {
        this.process.kill(signal || 'SIGTERM');
      },
      inherited: {
        drain(options) {
          return workers.drain(this, options);
        },
        pause() {
          reactor.pause(this.id, true);
        },
        resume() {
          reactor.pause(this.id, false);
        },
        get slot() {
          return workers.slotOf(this);
        },
      },
    });
    const own = this.#members();
    if (warn !== undefined) this.#giveBack = keep(cluster, own, warn);
    Object.assign(cluster, own, { workers: {} });
    Object.setPrototypeOf(cluster, this.#prototype());
  }

  /** What the cluster has in common with Node's. Programs call these on any `this`. */
  #members() {
    const setupPrimary = (options) => this.#setup(options);
    return {
      Worker: this.#Worker,
      setupPrimary,
      setupMaster: setupPrimary,
      fork: (env) => this.#fork(env),
      disconnect: (callback) => this.#disconnect(callback),
    };
  }

  /** What Node's cluster does not have. It is inherited, so that the own members are those of Node's. */
  #prototype() {
    const stats = () => this.#reactor.stats();
    const supervise = (options) => this.#supervise(options);
    return inherited({ stats, supervise });
  }

  #setup(options) {
    const cluster = this.#cluster;
    if (this.#own !== undefined) {
      this.#own.setupPrimary.call(cluster, options);
      return;
    }
    const settings = settingsOf(cluster.settings, options);
    cluster.settings = settings;
    process.nextTick(() => cluster.emit('setup', settings));
    if (this.#policy !== undefined) return;
    this.#policy = policyOf(cluster);
    debugWorkers(cluster);
  }

  /** @param {(settings: import('./settings').Settings) => import('./settings').Settings} [adjust] the settings of this worker */
  #fork(env, adjust = (settings) => settings) {
    const cluster = this.#cluster;
    if (this.#own === undefined) this.#load();
    if (this.#own !== undefined) return this.#own.fork.call(cluster, env);
    this.#setup();
    const id = ++this.#ids;
    const settings = adjust(cluster.settings);
    const open = () => this.#reactor.open(id, this.#policy === cluster.SCHED_RR, settings);
    const { subprocess, endpoint } = spawn(id, env, settings, open);

    const worker = new this.#Worker({ id, process: subprocess });
    worker.on('message', function onmessage(message, handle) {
      cluster.emit('message', this, message, handle);
    });
    this.#workers.add(worker, endpoint);
    // As in Node, also a worker that could not be made, and that will never be online.
    cluster.workers[id] = worker;
    trace?.('worker %d: forked as process %d', id, subprocess.pid);
    process.nextTick(() => cluster.emit('fork', worker));
    return worker;
  }

  /** If rs-cluster cannot work in this process, Node's own cluster is given back, or this throws. */
  #load() {
    try {
      parts.load();
    } catch (error) {
      if (this.#giveBack === undefined) throw parts.legible(error);
      this.#own = this.#giveBack(error);
    }
  }

  /** @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_RS_CLUSTER_SUPERVISED, ERR_RS_CLUSTER_UNSUPPORTED */
  #supervise(options) {
    if (this.#own === undefined) this.#load();
    if (this.#own !== undefined) {
      throw require('./errors').unsupported(
        "cluster.supervise() needs rs-cluster, and Node's own cluster is used",
      );
    }
    const state = this.#supervisor?.state ?? 'stopped';
    if (state !== 'stopped') throw require('./errors').supervised();
    const { readOptions } = require('./supervise/options');
    const chosen = readOptions(options);
    const feedWatchdog = (notifier) => this.#reactor.feedWatchdog(notifier);
    // Before the first worker is started with this environment.
    const systemd = chosen.notify ? require('./operate/systemd').connect(feedWatchdog) : undefined;
    const Supervisor = require('./supervisor');
    this.#supervisor = new Supervisor(this.#hooks(), chosen);
    require('./operate').operate(this.#supervisor, chosen, systemd);
    return this.#supervisor;
  }

  /** What a supervisor has from here. */
  #hooks() {
    const workers = this.#workers;
    return {
      fork: (slot, env, adjust) => {
        const worker = this.#fork(env, adjust);
        workers.setSlot(worker, slot);
        return worker;
      },
      limitRequests: (worker, requests) => workers.tell(worker, { act: 'limitRequests', requests }),
      lastResponses: (worker) => workers.tell(worker, { act: 'lastResponses' }),
      askMetrics: (worker) => workers.tell(worker, { act: 'metricsAsked' }),
      account: (worker) => this.#reactor.account(worker.id),
      waits: () => this.#reactor.waits(),
      listen: (supervisor) => (workers.supervisor = supervisor),
      keepPorts: (isKept) => this.#reactor.keep(isKept),
      releasePorts: () => this.#reactor.release(),
      stats: () => this.#reactor.stats(),
      changeSettings: (settings) => {
        const former = this.#cluster.settings;
        this.#setup(settings);
        return () => {
          this.#cluster.settings = {};
          this.#setup(former);
        };
      },
    };
  }

  #disconnect(callback) {
    // Otherwise it would start them again.
    if (this.#supervisor !== undefined) this.#supervisor.stop();
    if (this.#own !== undefined) {
      this.#own.disconnect.call(this.#cluster, callback);
      return;
    }
    this.#workers.disconnectAll(() => {
      this.#reactor.release();
      if (typeof callback === 'function') callback();
    });
  }
}

/** A debugger that attaches to the primary attaches to its workers. */
function debugWorkers(cluster) {
  process.on('internalMessage', ({ cmd }) => {
    if (cmd !== 'NODE_DEBUG_ENABLED') return;
    for (const worker of Object.values(cluster.workers)) {
      const debug = () => process._debugProcess(worker.process.pid);
      if (worker.state === 'online' || worker.state === 'listening') debug();
      else worker.once('online', debug);
    }
  });
}

/**
 * Makes a cluster of `object`: Node's own, so that packages which require that for themselves find
 * this cluster too, or one beside it.
 *
 * @param {import('node:events').EventEmitter} object has the members of Node's own. Settings that were made already stay
 * @param {(error: Error) => void} [warn] instead of an error of the first fork, Node's own members are
 *   put back, and this is called
 * @returns {import('node:events').EventEmitter} `object`
 */
module.exports = function setup(object, warn) {
  new Primary(object, warn);
  syncBuiltinESMExports();
  return object;
};

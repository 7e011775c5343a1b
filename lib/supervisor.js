'use strict';

/** What `cluster.supervise()` returns: its calls, its Promises and its events. What is to be done, `supervise/` finds out. */

const EventEmitter = require('node:events');
const errors = require('./errors');
const Metrics = require('./metrics/metrics');
const countKilled = require('./supervise/count_killed');
const { deferred, rejected } = require('./supervise/deferred');
const Driver = require('./supervise/driver');
const { describe } = require('./supervise/failure');
const { readWorkers, surgeOf, workersOf } = require('./supervise/options');
const { ReloadCalls, errorOf, resultOf } = require('./supervise/reload_calls');
const statusOf = require('./supervise/status');
const warnOfMemory = require('./supervise/warn_of_memory');

/** Listeners for 'reloadFailed' that tell nobody who could repair the program. */
const quiet = new WeakSet();

class Supervisor extends EventEmitter {
  #hooks;
  #surge;
  #shutdownDelay;
  #driver;
  #metrics;
  #reloads = new ReloadCalls();
  /** Takes back the settings that the reload has brought that runs. @type {(() => void) | undefined} */
  #restoreSettings;
  /** The calls of `scale()` that wait. @type {import('./supervise/deferred').Deferred[]} */
  #scales = [];
  #ready = deferred();
  /** Why no worker ever became ready. @type {Error | undefined} */
  #crashLoop;
  /** @type {import('./supervise/deferred').Deferred | undefined} */
  #stopped;
  /** @type {Promise<{ killed: number }> | undefined} */
  #stopping;

  /**
   * @param {import('./supervise/hooks').Hooks} hooks
   * @param {ReturnType<typeof import('./supervise/options').readOptions>} options
   */
  constructor(hooks, options) {
    super();
    this.#hooks = hooks;
    const workers = workersOf(options.workers);
    this.#surge = options.surge;
    this.#shutdownDelay = options.shutdownDelay;
    const surge = surgeOf(options.surge, workers);
    warnOfMemory(options.maxMemory, workers + surge);
    this.#metrics = new Metrics(hooks, options.registry);
    const ignorance = options.signals ? { RS_CLUSTER_IGNORE_SIGNALS: '1' } : {};
    this.#driver = new Driver(
      { ...options, workers, surge },
      {
        fork: (slot, words) => {
          const env = { RS_CLUSTER_SLOT: `${slot}`, NODE_APP_INSTANCE: `${slot}`, ...ignorance };
          const worker = hooks.fork(slot, env, (settings) => words.listenTo(settings));
          this.#metrics.forked(slot, worker);
          return worker;
        },
        limitRequests: hooks.limitRequests,
        stats: hooks.stats,
        report: (output) => this.#reports[output.type](output),
        departs: (hand, reason) => {
          if (reason === 'reload') this.#reloads.running?.hands.push(hand);
        },
        announce: (...args) => {
          this.#metrics.entered(...args);
          this.#announce('worker', ...args);
        },
      },
    );
    hooks.listen({
      uncaught: (id, text) => this.#driver.crew.uncaught(id, text),
      requestsServed: (id) => this.#driver.served(id),
      metrics: (id, act) => this.#metrics.received(id, act),
    });
    hooks.keepPorts(true);
    this.#driver.tell({ type: 'time' });
  }

  get state() {
    const { state } = this.#driver.status;
    // The rules do not know of a stop yet while `shutdownDelay` passes.
    return this.#stopping === undefined || state === 'stopped' ? state : 'stopping';
  }

  /** @returns {Promise<void>} */
  get ready() {
    return this.#ready.promise;
  }

  /** @param {{ settings?: import('..').ClusterSettings, signal?: AbortSignal }} [options] */
  reload({ settings, signal } = {}) {
    if (settings !== undefined && (settings === null || typeof settings !== 'object')) {
      throw errors.invalidArgument('options.settings', 'of type object', settings);
    }
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw errors.invalidArgument('options.signal', 'an instance of AbortSignal', signal);
    }
    if (signal?.aborted) return rejected(errors.aborted(signal.reason));
    if (this.#stopping !== undefined) return rejected(errors.stopped());
    const reload = this.#reloads.ask(settings);
    const onabort = () => this.#abort(reload, signal?.reason);
    signal?.addEventListener('abort', onabort);
    const done = () => signal?.removeEventListener('abort', onabort);
    reload.promise.then(done, done);
    this.#driver.tell({ type: 'reload', rollback: reload.settings !== undefined });
    return reload.promise;
  }

  /** Somebody who waits for a reload wants it no more. */
  #abort(reload, reason) {
    reload.abortReason = reason;
    const isNext = reload === this.#reloads.next;
    if (isNext) this.#reloads.dropNext(errors.aborted(reason));
    if (isNext || reload === this.#reloads.running) this.#driver.tell({ type: 'abort', next: isNext });
  }

  /** @param {number | 'auto'} workers @returns {Promise<void>} */
  scale(workers) {
    const count = readWorkers(workers);
    if (this.#stopping !== undefined) return rejected(errors.stopped());
    const scale = deferred();
    scale.promise.catch(() => {});
    this.#scales.push(scale);
    this.#driver.tell({ type: 'scale', workers: count, surge: surgeOf(this.#surge, count) });
    return scale.promise;
  }

  /** @param {{ now?: boolean }} [options] */
  stop({ now = false } = {}) {
    if (typeof now !== 'boolean') throw errors.invalidArgument('options.now', 'of type boolean', now);
    const isFirst = this.#stopping === undefined;
    this.#stopping ??= this.#stop();
    if (now || this.#shutdownDelay === 0) this.#driver.tell({ type: 'stop', now });
    else if (isFirst) this.#stopLater();
    return this.#stopping;
  }

  /** Balancers shall learn that this host will stop. Until they know, its workers serve whoever comes. */
  #stopLater() {
    const tell = (worker) => this.#hooks.lastResponses(worker);
    for (const { worker } of this.#driver.crew.hands) tell(worker);
    const onworker = (worker, state) => {
      if (state === 'starting') tell(worker);
    };
    this.on('worker', onworker);
    const timer = setTimeout(() => this.#driver.tell({ type: 'stop' }), this.#shutdownDelay);
    this.once('stop', () => {
      clearTimeout(timer);
      this.off('worker', onworker);
    });
  }

  async #stop() {
    const { hands } = this.#driver.crew;
    this.#stopped = deferred();
    this.#announce('stopping');
    this.#reloads.dropNext(errors.stopped());
    for (const { reject } of this.#scales.splice(0)) reject(errors.stopped());
    await this.#stopped.promise;
    this.#hooks.keepPorts(false);
    const killed = await countKilled(hands);
    // That no worker came up is an error of the process, unless somebody handles it. That it stops is none.
    if (this.#crashLoop === undefined) this.#ready.promise.catch(() => {});
    this.#ready.reject(this.#crashLoop ?? errors.stopped());
    this.#announce('stop', { killed });
    return { killed };
  }

  /** @returns {import('..').SupervisorStatus} */
  status() {
    const facts = { ...this.#driver.status, state: this.state };
    return statusOf(facts, this.#driver.crew, this.#hooks.stats());
  }

  /** @returns {Promise<string>} */
  metrics() {
    return this.#metrics.read(() => this.#driver.status, this.#driver.crew);
  }

  /** Later, so that a listener that throws does no harm here. */
  #announce(event, ...args) {
    process.nextTick(() => this.emit(event, ...args));
  }

  /** What the rules say beside their orders. */
  #reports = {
    ready: () => {
      this.#ready.resolve();
      this.#announce('ready');
    },

    reloading: ({ generation }) => {
      const reload = this.#reloads.begin();
      const { settings } = reload;
      this.#announce('reloading', generation);
      try {
        if (settings !== undefined) this.#restoreSettings = this.#hooks.changeSettings(settings);
      } catch (error) {
        reload.settingsError = error;
        this.#driver.tell({ type: 'abort', next: false });
      }
    },

    reloaded: async ({ generation, replaced }) => {
      this.#metrics.reloaded(true);
      // The new program may listen elsewhere.
      this.#hooks.releasePorts();
      const reload = this.#reloads.end();
      this.#restoreSettings = undefined;
      const result = await resultOf(reload, generation, replaced);
      reload.resolve(result);
      this.#announce('reload', result);
    },

    reloadFailed: (failure) => {
      this.#metrics.reloaded(false);
      const reload = this.#reloads.end();
      this.#restoreSettings?.();
      this.#restoreSettings = undefined;
      const error = errorOf(reload, failure.reason, this.#described(failure));
      reload.reject(error);
      this.#announceFailure(error);
    },

    scaled: () => {
      for (const { resolve } of this.#scales.splice(0)) resolve();
    },

    crashLoop: (failure) => {
      this.#crashLoop = errors.crashLoop(this.#described(failure));
      // The rules have begun to stop by themselves.
      this.#stopping ??= this.#stop();
    },

    stopped: () => this.#stopped?.resolve(),
  };

  #described(failure) {
    return describe(failure, this.#driver.crew.evidence(failure));
  }

  /** A failed reload stays a process warning if only such listeners are there. */
  static quiet(listener) {
    quiet.add(listener);
    return listener;
  }

  /** Nobody may wait for the Promise. */
  #announceFailure(error) {
    this.#announce('reloadFailed', error);
    if (this.listeners('reloadFailed').every((listener) => quiet.has(listener))) process.emitWarning(error);
  }
}

module.exports = Supervisor;

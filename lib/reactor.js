'use strict';

/**
 * The primary's native thread, which accepts connections and deals them to the workers. It is the
 * addon's Cluster, and is started by the first fork.
 */

/** @param {{ keepListening?: boolean }} settings @throws ERR_INVALID_ARG_TYPE */
function keepListening({ keepListening: isKept = false }) {
  if (typeof isKept === 'boolean') return isKept;
  throw require('./errors').invalidArgument('settings.keepListening', 'of type boolean', isKept);
}

class Reactor {
  /** The addon's Cluster. */
  #native;
  /** Reads its figures. */
  #readStats;
  #onreport;
  /** Whether a socket outlives its last worker. */
  #keeps = false;

  /**
   * @param {(id: number, reason: string) => void} onreport a worker's lane was closed for this reason, or
   *   (id 0) the thread itself has ended
   */
  constructor(onreport) {
    this.#onreport = onreport;
  }

  /**
   * Makes the two sockets of a worker that is to be spawned.
   *
   * @param {number} id
   * @param {boolean} isDealt whether connections are dealt (SCHED_RR)
   * @param {import('./settings').Settings} settings `cluster.settings`
   * @returns {import('../dist/binding').Worker} the primary's end of the channel
   * @throws if the addon does not load, or a system call fails
   */
  open(id, isDealt, settings) {
    const { Cluster } = require('./binding').load();
    const claimTimeout = require('./claim_timeout');
    const isByFlow = require('./udp');
    // Now, because `stats()` may be called when there is no descriptor to read this file with.
    this.#readStats ??= require('./stats');
    if (this.#native === undefined) {
      this.#native = new Cluster(isDealt, claimTimeout(settings), isByFlow(settings), this.#onreport);
      this.#keeps ||= keepListening(settings);
      if (this.#keeps) this.#native.keep(true);
    }
    const mayListen = process.permission === undefined || require('./permission').mayListen();
    return this.#native.fork(id, mayListen);
  }

  /** The worker gets no new connection, and holds no port any more. */
  leave(id) {
    this.#native?.leave(id);
  }

  /** Whether the worker is offered no new connection. */
  pause(id, isPaused) {
    this.#native?.pause(id, isPaused);
  }

  /** A server of the worker has closed. @param {number} key of its handle */
  closed(id, key) {
    this.#native.closed(id, key);
  }

  /**
   * Whether a socket stays open when its last worker leaves or dies. Its connections wait in the kernel for the next worker.
   * If not, those that no worker shares are closed now.
   */
  keep(isKept) {
    this.#keeps = isKept;
    this.#native?.keep(isKept);
  }

  /** No worker will come for the sockets that none shares. They are closed. */
  release() {
    this.#native?.release();
  }

  /** Tells systemd from the thread that this process works. @param {import('../dist/binding').Notifier} notifier */
  feedWatchdog(notifier) {
    this.#native?.feedWatchdog(notifier);
  }

  /** @param {number} id @returns {import('./metrics/account').Account | undefined} */
  account(id) {
    return this.#native && require('./metrics/account')(this.#native, id);
  }

  /** How long connections have waited until a worker has claimed them, in s: see `metrics/families.js`. */
  waits() {
    const native = /** @type {import('../dist/binding').Cluster} */ (this.#native);
    const [sum, ...counts] = native.waits();
    const Cluster = /** @type {typeof import('../dist/binding').Cluster} */ (native.constructor);
    return { sum, bounds: Cluster.waitBounds(), counts };
  }

  /** @returns {import('..').Stats} It asks neither a worker nor the thread */
  stats() {
    return this.#native === undefined
      ? { accepted: 0, queued: 0, workers: {} }
      : this.#readStats(this.#native);
  }
}

module.exports = Reactor;

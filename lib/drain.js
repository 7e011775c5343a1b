'use strict';

/**
 * `worker.drain()`, seen from the primary: the order of the steps, and what is done if the worker does
 * not take them. What the worker does is in `drainer.js`.
 */

const { LONGEST, read, time } = require('./options');
const trace = require('./trace');

/** @typedef {{ timeout: number, idleGrace?: number, killTimeout: number }} Options all in ms */

/** What may be said of a drain. */
const TABLE = {
  timeout: {
    kind: time(),
    byDefault: 30_000,
    says: 'How long a worker that leaves may finish its connections',
  },
  idleGrace: {
    kind: time(),
    byDefault: undefined,
    says: 'How long an idle connection may bring one more request. Default: the keepAliveTimeout of its server',
  },
  killTimeout: {
    kind: time(),
    byDefault: 5_000,
    says: 'How long a worker that has drained may still run. Then it gets SIGTERM, and later SIGKILL',
  },
};

/** @returns {Options} @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE */
const readOptions = (given = {}) => read(given, TABLE);

class Drain {
  #worker;
  #options;
  #timer;
  #killed = false;

  /**
   * @param {import('./worker').Worker} worker
   * @param {Options} options
   */
  constructor(worker, options) {
    this.#worker = worker;
    this.#options = options;
  }

  /**
   * @param {(act: object) => void} send an act to the worker
   * @returns {Promise<{ killed: boolean }>} when its process has exited
   */
  run(send) {
    const worker = this.#worker;
    const { timeout, idleGrace, killTimeout } = this.#options;
    return new Promise((resolve) => {
      const exited = () => {
        clearTimeout(this.#timer);
        resolve({ killed: this.#killed });
      };
      // A process that could not be spawned has ended already.
      if (worker.isDead() || worker.process.pid === undefined) {
        exited();
        return;
      }
      worker.process.once('exit', exited);
      trace?.('worker %d: is drained within %d ms', worker.id, timeout);
      // A worker that has disconnected serves nobody.
      const leave = () => this.#killIn(killTimeout, 'SIGTERM');
      if (!worker.isConnected()) {
        leave();
        return;
      }
      worker.process.once('disconnect', leave);
      send({ act: 'drain', timeout, idleGrace });
      this.#killIn(Math.min(timeout + killTimeout, LONGEST), 'SIGTERM');
    });
  }

  #killIn(ms, signal) {
    if (this.#killed || this.#worker.isDead()) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#kill(signal), ms);
  }

  #kill(signal) {
    trace?.('worker %d: did not leave in time, gets %s', this.#worker.id, signal);
    if (signal === 'SIGTERM') this.#killIn(this.#options.killTimeout, 'SIGKILL');
    this.#killed = true;
    this.#worker.process.kill(signal);
  }
}

module.exports = { Drain, TABLE, readOptions };

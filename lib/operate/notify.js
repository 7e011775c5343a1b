'use strict';

/** Tells systemd what happens to a supervisor, in the words of sd_notify(3). */

const { performance } = require('node:perf_hooks');

/** While something goes on, systemd waits so long for the next message, in µs. One is sent every `INTERVAL` ms. */
const EXTENSION = 30_000_000;
const INTERVAL = 10_000;

/** What `systemctl status` shows. */
function describe({ state, wanted, generation, workers }) {
  const ready = workers.filter((row) => row.state === 'ready').length;
  const text = `${ready} of ${wanted} workers ready, generation ${generation}`;
  if (state === 'stopped') return state;
  if (state === 'stopping') return `stopping, workers that remain: ${workers.length}`;
  return state === 'ready' || state === 'starting' ? text : `${state}: ${text}`;
}

class Notify {
  #supervisor;
  #systemd;
  /** Until then systemd is asked to wait for workers that start at first, in ms of `performance.now()`. */
  #patientUntil;
  #isReady = false;
  #status = '';
  /** Asks for more time. @type {NodeJS.Timeout | undefined} */
  #timer;

  /**
   * @param {import('../supervisor')} supervisor
   * @param {import('./systemd')} systemd
   * @param {number} readyTimeout of a worker, in ms
   */
  constructor(supervisor, systemd, readyTimeout) {
    this.#supervisor = supervisor;
    this.#systemd = systemd;
    this.#patientUntil = performance.now() + readyTimeout;
    const Supervisor = /** @type {typeof import('../supervisor')} */ (supervisor.constructor);
    const reloaded = () => this.#reloaded();
    supervisor.on('worker', () => this.#tell());
    supervisor.on('ready', () => this.#ready());
    supervisor.on('reloading', () => this.#reloading());
    supervisor.on('reload', reloaded);
    supervisor.on('reloadFailed', Supervisor.quiet(reloaded));
    supervisor.on('stopping', () => this.#tell('STOPPING=1'));
    supervisor.on('stop', () => this.#tell());
    this.#tell();
  }

  #ready() {
    this.#isReady = true;
    this.#tell('READY=1');
  }

  #reloading() {
    if (!this.#isReady) this.#tell();
    // Both in one datagram: systemd compares this time with that of its own request.
    else this.#tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  /** A reload has ended, for good or not. The next one may have begun. */
  #reloaded() {
    const { state } = this.#supervisor;
    const isOver = state === 'ready' || state === 'degraded';
    this.#tell(...(this.#isReady && isOver ? ['READY=1'] : []));
  }

  /** Tells these states, and whatever else has changed. @param {string[]} states */
  #tell(...states) {
    const status = describe(this.#supervisor.status());
    if (status !== this.#status) states.push(`STATUS=${status}`);
    this.#status = status;
    if (!this.#isBusy()) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#extend(), INTERVAL).unref();
      states.push(`EXTEND_TIMEOUT_USEC=${EXTENSION}`);
    }
    if (states.length > 0) this.#systemd.tell(...states);
  }

  #extend() {
    if (this.#isBusy()) this.#systemd.tell(`EXTEND_TIMEOUT_USEC=${EXTENSION}`);
    else this.#tell();
  }

  /** Whether systemd shall wait longer than its unit says. The options of the supervisor limit all of these. */
  #isBusy() {
    const { state } = this.#supervisor;
    if (state === 'reloading' || state === 'stopping') return true;
    return !this.#isReady && state !== 'stopped' && performance.now() < this.#patientUntil;
  }
}

/**
 * @param {import('../supervisor')} supervisor
 * @param {import('./systemd')} systemd
 * @param {{ readyTimeout: number }} options
 */
module.exports = function notify(supervisor, systemd, { readyTimeout }) {
  new Notify(supervisor, systemd, readyTimeout);
};

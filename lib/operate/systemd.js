'use strict';

/**
 * The socket of systemd, and what it asks of its service: sd_notify(3) and sd_watchdog_enabled(3). What is said there,
 * `notify.js` decides.
 */

const { getSystemErrorName } = require('node:util');
const binding = require('../binding');
const { LONGEST } = require('../options');
const trace = require('../trace');

/** As long as systemd does not read, it is tried again after so many ms. */
const AGAIN = 100;

/** So many datagrams wait for it at most. The newest say what is so now. */
const MOST = 64;

class Systemd {
  #notifier;
  /** The newest of what systemd was not told yet, because it does not read. @type {string[]} */
  #pending = [];
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {import('../../dist/binding').Notifier} notifier */
  constructor(notifier) {
    this.#notifier = notifier;
  }

  /** Tells these states at once, in one datagram, after those that wait. @param {string[]} states */
  tell(...states) {
    this.#pending.push(states.join('\n'));
    if (this.#pending.length > MOST) this.#pending.shift();
    if (this.#timer === undefined) this.#flush();
  }

  #flush() {
    this.#timer = undefined;
    for (let states; (states = this.#pending[0]) !== undefined; this.#pending.shift()) {
      const status = this.#notifier.send(states);
      if (status === 0) continue;
      const error = getSystemErrorName(status);
      if (error === 'EAGAIN') {
        this.#timer = setTimeout(() => this.#flush(), AGAIN).unref();
        return;
      }
      trace?.('systemd: cannot be told %j: %s', states, error);
    }
  }

  /**
   * Takes the variables of systemd out of the environment, so that no worker has them: what a worker says there would be said for
   * the whole service.
   *
   * @param {(notifier: import('../../dist/binding').Notifier) => void} feed tells systemd, from the reactor's thread, that
   *   this process works
   * @returns {Systemd | undefined} nothing if systemd has not started this process, or does not want to be told
   */
  static connect(feed) {
    const { env } = process;
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = env;
    if (!NOTIFY_SOCKET) return systemd;
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
    try {
      const { Notifier } = binding.load();
      systemd = new Systemd(new Notifier(NOTIFY_SOCKET));
    } catch (error) {
      trace?.('systemd: cannot be told anything at %s: %s', NOTIFY_SOCKET, error);
      return undefined;
    }
    const interval = intervalOf({ WATCHDOG_USEC, WATCHDOG_PID });
    if (interval > 0) systemd.feedWatchdog(interval, feed);
    return systemd;
  }

  /**
   * As long as the event loop of this process turns, the reactor's thread says so, in time. So one message proves that
   * both work.
   *
   * @param {number} interval ms
   * @param {(notifier: import('../../dist/binding').Notifier) => void} feed
   */
  feedWatchdog(interval, feed) {
    // Until this process ends, because systemd waits until then.
    setInterval(() => feed(this.#notifier), Math.min(Math.max(1, interval), LONGEST)).unref();
  }
}

/** @returns {number} how often systemd wants to hear that this process works, in ms; 0 if never */
function intervalOf({ WATCHDOG_USEC, WATCHDOG_PID = `${process.pid}` }) {
  if (WATCHDOG_PID !== `${process.pid}` || !/^\d+$/.test(WATCHDOG_USEC ?? '')) return 0;
  // Half of what it allows, as sd_watchdog_enabled(3) recommends.
  return Number(WATCHDOG_USEC) / 2000;
}

/** Of this process, for its life: a later supervisor finds no variables any more. @type {Systemd | undefined} */
let systemd;

module.exports = Systemd;

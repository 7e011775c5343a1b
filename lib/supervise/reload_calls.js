'use strict';

/**
 * The calls of `supervisor.reload()`: which of them share a Promise, and what each Promise comes to. One reload runs at a
 * time. All calls while it runs ask for the same next one.
 */

const { performance } = require('node:perf_hooks');
const errors = require('../errors');
const countKilled = require('./count_killed');

/** @typedef {import('../..').ReloadResult} ReloadResult */

/** One reload, from the first call that asks for it. */
class Reload {
  /** @type {object | undefined} of `setupPrimary()` */
  settings;
  /** The workers that it has told to go. @type {import('./crew').Hand[]} */
  hands = [];
  startedAt = 0;
  /** Why nobody wants it any more. @type {unknown} */
  abortReason;
  /** Why its settings could not be used. @type {Error | undefined} */
  settingsError;
  /** @type {(result: ReloadResult | Promise<ReloadResult>) => void} */
  resolve;
  /** @type {(error: Error) => void} */
  reject;

  constructor() {
    /** @type {Promise<ReloadResult>} */
    this.promise = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    // A program whose new version is broken shall not end because of that. There is an event for it.
    this.promise.catch(() => {});
  }
}

class ReloadCalls {
  /** @type {Reload | undefined} */
  running;
  /** @type {Reload | undefined} */
  next;

  /** @param {object} [settings] those of the last call that has some count */
  ask(settings) {
    this.next ??= new Reload();
    if (settings !== undefined) this.next.settings = settings;
    return this.next;
  }

  /** @returns {Reload} the one that begins */
  begin() {
    const reload = /** @type {Reload} */ (this.next);
    this.running = reload;
    this.next = undefined;
    reload.startedAt = performance.now();
    return reload;
  }

  /** @returns {Reload} the one that has ended */
  end() {
    const reload = /** @type {Reload} */ (this.running);
    this.running = undefined;
    return reload;
  }

  /** The next one shall not begin. @param {Error} error */
  dropNext(error) {
    this.next?.reject(error);
    this.next = undefined;
  }
}

/** @returns {Promise<ReloadResult>} */
async function resultOf({ hands, startedAt }, generation, replaced) {
  const ms = Math.round(performance.now() - startedAt);
  return { generation, replaced, killed: await countKilled(hands), ms };
}

/** @returns {Error} what the Promise of a reload that has failed is rejected with */
function errorOf({ abortReason, settingsError }, reason, told) {
  if (settingsError !== undefined) return settingsError;
  if (reason === 'abort') return errors.aborted(abortReason);
  return reason === 'stop' ? errors.stopped() : errors.reload(told);
}

module.exports = { ReloadCalls, errorOf, resultOf };

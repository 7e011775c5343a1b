'use strict';

/** What is counted of the workers of a supervisor, from the first one on. */

const { cpuOf } = require('../proc');
const SlotTotals = require('./slot_totals');

/** Counters of `cluster.stats()`, and the processor time. `busy` is in ms, `cpu` in s. */
const COUNTERS = ['offered', 'claimed', 'refused', 'revoked', 'redispatched', 'busy', 'cpu'];

/** Why a slot gets its first worker. All other reasons are restarts. */
const FIRST = new Set(['start', 'scale']);

/** Restarts that are shown with 0 before the first one, so that no increase is missed. */
const REASONS = ['crash', 'exit', 'hang', 'timeout', 'reload', 'memory', 'lifetime', 'requests'];

/**
 * @typedef {object} Live a worker whose last figures are not known
 * @property {number} slot
 * @property {import('../worker').Worker} worker
 * @property {import('./account').Account} account
 *
 * @typedef {import('../..').WorkerStats & { slot: number, id: number }} Seen
 */

class Tally {
  totals = new SlotTotals(COUNTERS);
  /** By slot, how many workers were started for which reason. @type {Map<number, Record<string, number>>} */
  restarts = new Map();
  reloads = { success: 0, failure: 0 };
  /** Whether the last reload has succeeded, or there was none. */
  isLastReloadGood = true;
  /** @type {Map<number, Live>} by id */
  #live = new Map();

  /** @param {number} slot @param {import('../worker').Worker} worker @param {import('./account').Account} [account] */
  forked(slot, worker, account) {
    // If nobody reads the metrics, those that are gone do not remain here.
    this.look();
    if (!this.restarts.has(slot)) {
      this.restarts.set(slot, Object.fromEntries(REASONS.map((reason) => [reason, 0])));
    }
    this.totals.add(slot, worker.id);
    if (account === undefined) this.totals.end(worker.id);
    else this.#live.set(worker.id, { slot, worker, account });
  }

  /** A worker has started in this slot. */
  starting(slot, reason) {
    const restarts = this.restarts.get(slot);
    if (restarts !== undefined && !FIRST.has(reason)) restarts[reason] = (restarts[reason] ?? 0) + 1;
  }

  /** @param {boolean} isGood */
  reloaded(isGood) {
    this.reloads[isGood ? 'success' : 'failure']++;
    this.isLastReloadGood = isGood;
  }

  /**
   * Reads the figures of all workers. It asks none of them.
   * @returns {Seen[]} of those that are not gone
   */
  look() {
    return [...this.#live].flatMap(([id, { slot, worker, account }]) => {
      // In this order: what is read after the end are the last figures.
      const hasEnded = account.hasEnded();
      const figures = account.read();
      const pid = worker.isDead() ? undefined : worker.process.pid;
      const cpu = pid === undefined ? undefined : cpuOf(pid);
      this.totals.see(id, { ...figures, cpu });
      if (!hasEnded) return { ...figures, slot, id };
      this.#live.delete(id);
      this.totals.end(id);
      return [];
    });
  }
}

module.exports = Tally;

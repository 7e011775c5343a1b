'use strict';

/**
 * Counters by slot. They never fall: the counts of a worker that is gone stay in its slot, those of two workers of one slot
 * are added, and a slot that does not exist any more keeps its counts. Pure.
 */

/** @typedef {Record<string, number>} Counts by name */

class SlotTotals {
  #names;
  /** What the workers have counted that are gone. @type {Map<number, Counts>} by slot */
  #past = new Map();
  /** The others, by id. @type {Map<number, { slot: number, counts: Counts }>} */
  #workers = new Map();

  /** @param {string[]} names of the counters */
  constructor(names) {
    this.#names = names;
  }

  #zeros() {
    return Object.fromEntries(this.#names.map((name) => [name, 0]));
  }

  /** A worker starts in this slot. */
  add(slot, worker) {
    if (!this.#past.has(slot)) this.#past.set(slot, this.#zeros());
    this.#workers.set(worker, { slot, counts: this.#zeros() });
  }

  /**
   * What a worker has counted so far. What it wrote itself may be wrong, so a number that is smaller than before, or is
   * none, changes nothing.
   *
   * @param {number} worker
   * @param {Partial<Counts>} seen other names, and names that are missing, do no harm
   */
  see(worker, seen) {
    const counts = this.#workers.get(worker)?.counts;
    if (counts === undefined) return;
    for (const name of this.#names) {
      const count = seen[name];
      if (Number.isFinite(count) && Number(count) > counts[name]) counts[name] = Number(count);
    }
  }

  /** Nothing more will be seen of this worker. */
  end(worker) {
    const ended = this.#workers.get(worker);
    if (ended === undefined) return;
    this.#workers.delete(worker);
    this.#add(this.#past, ended);
  }

  #add(totals, { slot, counts }) {
    const total = totals.get(slot);
    for (const name of this.#names) total[name] += counts[name];
  }

  /** @returns {Map<number, Counts>} by slot, in their order */
  read() {
    const inOrder = [...this.#past].sort(([a], [b]) => a - b);
    const totals = new Map(inOrder.map(([slot, counts]) => [slot, { ...counts }]));
    for (const worker of this.#workers.values()) this.#add(totals, worker);
    return totals;
  }
}

module.exports = SlotTotals;

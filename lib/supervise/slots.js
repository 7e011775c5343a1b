'use strict';

/** The slots that there are now, 0…n-1. */

const Slot = require('./slot');

class Slots {
  /** @type {Slot[]} */
  #all = [];
  /** The slot that is looked at first for a replacement, so that each has its turn. */
  #turn = 0;
  #options;
  #random;

  /**
   * @param {import('./facts').Options} options
   * @param {() => number} random in [0, 1)
   */
  constructor(options, random) {
    this.#options = options;
    this.#random = random;
  }

  [Symbol.iterator]() {
    return this.#all.values();
  }

  get count() {
    return this.#all.length;
  }

  /** How many have a worker, be it ready or not. */
  get occupied() {
    return this.#all.filter(({ current }) => current).length;
  }

  get areReady() {
    return this.#all.every((slot) => slot.isReady);
  }

  /** Whether one serves nobody and should, or the program of one is older than that of another. */
  get areDegraded() {
    const generations = new Set(this.#all.flatMap(({ current }) => current?.generation ?? []));
    return generations.size > 1 || this.#all.some((slot) => slot.isFailing);
  }

  has(slot) {
    return this.#all.includes(slot);
  }

  /** @returns {Slot | undefined} whose work this worker does */
  of(worker) {
    return this.#all.find(({ current }) => current?.worker === worker);
  }

  /** One row at least for each slot. */
  rows(now) {
    return this.#all.flatMap((slot) => [...slot.rows(now)]);
  }

  /** The highest ones go. @returns {import('./member')[]} the workers of those */
  resize(count, reason = '', now = 0) {
    while (this.#all.length < count) {
      this.#all.push(new Slot(this.#all.length, reason, now, this.#options, this.#random));
    }
    return this.#all.splice(count).flatMap((slot) => slot.members);
  }

  /** @param {(slot: Slot) => boolean} isWanted @returns {Slot | undefined} the next one that is */
  next(isWanted) {
    const inTurn = [...this.#all.slice(this.#turn), ...this.#all.slice(0, this.#turn)];
    const slot = inTurn.find(isWanted);
    if (slot !== undefined) this.#turn = slot.index + 1;
    return slot;
  }
}

module.exports = Slots;

'use strict';

/** All workers whose processes may exist, also those of former slots, and the orders about them. */

const Member = require('./member');

class Members {
  /** @type {Set<Member>} in the order of their START */
  #all = new Set();
  #readyTimeout;
  #order;

  /**
   * @param {number} readyTimeout ms
   * @param {(order: import('./facts').Output) => void} order is given each order
   */
  constructor(readyTimeout, order) {
    this.#readyTimeout = readyTimeout;
    this.#order = order;
  }

  [Symbol.iterator]() {
    return this.#all.values();
  }

  get count() {
    return this.#all.size;
  }

  get starting() {
    return [...this.#all].filter((member) => member.isStarting);
  }

  get leaving() {
    return [...this.#all].filter((member) => member.isLeaving);
  }

  /** @param {number} worker its id */
  find(worker) {
    return [...this.#all].find((member) => member.worker === worker);
  }

  /** @param {number} slot @returns {Member | undefined} the oldest one there that has no id yet */
  unforked(slot) {
    return [...this.#all].find((member) => member.slot.index === slot && member.worker === undefined);
  }

  start(slot, generation, reason, now) {
    const member = new Member(slot, generation, reason, now, this.#readyTimeout);
    slot.add(member);
    this.#all.add(member);
    this.#order({ type: 'START', slot: slot.index, generation, reason });
  }

  /** Its fork has an id now. */
  forked(member, worker) {
    member.worker = worker;
    // It was told to go before.
    if (member.isLeaving) this.#tell(member);
  }

  drain(member, reason, now) {
    if (!member.isLeaving) this.#dismiss(member, 'draining', reason, now);
  }

  kill(member, reason, now) {
    if (member.state !== 'killed') this.#dismiss(member, 'killed', reason, now);
  }

  #dismiss(member, state, reason, now) {
    member.enter(state, now);
    member.farewell = reason;
    if (member.worker !== undefined) this.#tell(member);
  }

  #tell({ worker, state, farewell }) {
    this.#order({ type: state === 'killed' ? 'KILL' : 'DRAIN', worker, reason: farewell });
  }

  /** One row for each that was told to go. @returns {import('./facts').Row[]} */
  rows() {
    return this.leaving.map(({ slot: { index, restarts }, worker, generation, since }) => {
      return { slot: index, worker, state: 'draining', generation, restarts, since };
    });
  }

  /** Its process has ended. */
  remove(member) {
    this.#all.delete(member);
  }
}

module.exports = Members;

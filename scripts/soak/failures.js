'use strict';

/**
 * Which failed requests of `scripts/soak.js` are explained: those on connections of a worker that was ended while it had
 * them. If the client never had an answer over the connection, it does not know the worker; then one must have been
 * ended at that time.
 */

/** How much later than the end of a worker its clients may see it on a busy machine, in ms. */
const LATE = 500;

/** How long a worker that was ended is remembered, in ms: longer than a client waits. */
const MEMORY = 60_000;

class Failures {
  /** By pid: when a worker was ended, and when its process was gone. */
  #ended = new Map();
  explained = 0;
  /** @type {object[]} */
  unexplained = [];

  /** This worker is ended now. */
  ends(pid) {
    const now = Date.now();
    for (const [other, { since }] of this.#ended) if (now - since > MEMORY) this.#ended.delete(other);
    this.#ended.set(pid, { since: now, until: Infinity });
  }

  gone(pid) {
    const ended = this.#ended.get(pid);
    if (ended) ended.until = Date.now() + LATE;
  }

  /** @param {{ pid?: number, since: number, at: number }} failure of a client, which began and ended at these times */
  add(failure) {
    const { pid, since, at } = failure;
    const isThen = (ended) => ended.since <= at && ended.until >= since;
    const isExplained = pid === undefined ? [...this.#ended.values()].some(isThen) : this.#ended.has(pid);
    if (isExplained) this.explained++;
    else this.unexplained.push(failure);
  }
}

module.exports = Failures;

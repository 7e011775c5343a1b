'use strict';

/** How long a slot waits before it tries again, because workers of it have failed. */

/** A wait is longer or shorter by up to this part, so that slots that failed together part. */
const JITTER = 0.2;

class Backoff {
  /** How many workers have failed since the last one that lived long enough. */
  failures = 0;
  /** Until then the slot waits, in ms. */
  until = -Infinity;
  #shortest;
  #longest;
  #random;

  /**
   * @param {{ backoff: number, maxBackoff: number }} options the first wait and the longest one, in ms
   * @param {() => number} random in [0, 1)
   */
  constructor({ backoff, maxBackoff }, random) {
    this.#shortest = backoff;
    this.#longest = maxBackoff;
    this.#random = random;
  }

  /** A worker has failed. After the first one the slot tries again at once. */
  fail(now) {
    this.failures++;
    this.until = now;
    if (this.failures === 1) return;
    const wait = Math.min(this.#shortest * 2 ** (this.failures - 2), this.#longest);
    this.until += Math.round(wait * (1 - JITTER + 2 * JITTER * this.#random()));
  }

  /** The next try may come at once. If it fails as well, the wait is longer than the last one. */
  cutShort() {
    this.until = -Infinity;
  }

  /** A worker lived long enough. */
  reset() {
    this.failures = 0;
    this.cutShort();
  }
}

module.exports = Backoff;

'use strict';

/**
 * A worker as the rules see it: from the order to start it until its process has ended.
 *
 * starting → ready → draining → killed; each of them may be the last one, and steps may be left out.
 */

class Member {
  /** Its id in the cluster; unknown until it was forked. @type {number | undefined} */
  worker;
  /** @type {'starting' | 'ready' | 'draining' | 'killed'} */
  state = 'starting';
  /** Why it has to go, if it has to. @type {string | undefined} */
  farewell;

  /**
   * @param {import('./slot')} slot for which it works
   * @param {number} generation of the program that it runs
   * @param {string} reason why it was started
   * @param {number} now ms
   * @param {number} readyTimeout within which it has to be ready, in ms
   */
  constructor(slot, generation, reason, now, readyTimeout) {
    this.slot = slot;
    this.generation = generation;
    this.reason = reason;
    /** When it came to its state, in ms. */
    this.since = now;
    this.deadline = now + readyTimeout;
  }

  get isStarting() {
    return this.state === 'starting';
  }

  get isReady() {
    return this.state === 'ready';
  }

  /** Whether it was told to go. Nothing is expected of it any more, except that it ends. */
  get isLeaving() {
    return this.state === 'draining' || this.state === 'killed';
  }

  /** Whether it was ready for so many ms, so that its program is good. */
  hasLasted(minUptime, now) {
    return this.isReady && now - this.since >= minUptime;
  }

  enter(state, now) {
    this.state = state;
    this.since = now;
  }
}

module.exports = Member;

'use strict';

/** A place for one worker. It outlives its workers, so that what is counted or dealt by place goes on. */

const Backoff = require('./backoff');

class Slot {
  /** Whose work it is. @type {import('./member') | undefined} */
  current;
  /** Starts beside the current worker, and takes its place when it is ready. @type {import('./member') | undefined} */
  replacement;
  /** Why the current worker shall be replaced, e.g. 'memory'. @type {string | undefined} */
  wanted;
  /** How many workers were started here after the first one. */
  restarts = -1;
  /** Whether a worker of this slot was ever ready. */
  wasReady = false;
  #minUptime;

  /**
   * @param {number} index from 0
   * @param {string} reason why its next worker is started
   * @param {number} now ms
   * @param {import('./facts').Options} options
   * @param {() => number} random in [0, 1)
   */
  constructor(index, reason, now, options, random) {
    this.index = index;
    this.reason = reason;
    /** When it became empty, in ms. */
    this.since = now;
    this.backoff = new Backoff(options, random);
    this.#minUptime = options.minUptime;
  }

  get isReady() {
    return this.current?.isReady ?? false;
  }

  /** Whether it serves nobody, and should. A new slot may take its time. */
  get isFailing() {
    return !this.isReady && (this.wasReady || this.backoff.failures > 0);
  }

  /** Whether a worker may start here at `now`. */
  isVacant(now) {
    return this.current === undefined && this.backoff.until <= now;
  }

  /** Whether a replacement may start here at `now`. */
  isReplaceable(now) {
    return this.isReady && this.replacement === undefined && this.backoff.until <= now;
  }

  /** Its workers that were not told to go. */
  get members() {
    return [this.current, this.replacement].filter((member) => member !== undefined);
  }

  /** A worker starts here. */
  add(member) {
    if (this.current === undefined) this.current = member;
    else this.replacement = member;
    this.restarts++;
  }

  /** Its worker, or the replacement, is ready. @returns {import('./member') | undefined} whose place it takes */
  ready(member, now) {
    member.enter('ready', now);
    this.wasReady = true;
    if (member === this.current) return undefined;
    const former = this.current;
    this.#forgive(now);
    this.#advance();
    return former;
  }

  /** A worker of this slot has failed: it exited, hangs, or was not ready in time. */
  lose(member, reason, now) {
    if (member === this.replacement) {
      // The uptime of the current worker is no merit of its replacements.
      this.replacement = undefined;
    } else {
      this.#forgive(now);
      this.#advance();
      this.reason = reason;
      this.since = now;
    }
    this.backoff.fail(now);
  }

  /** The reload has failed: who should have taken over does not. @returns {import('./member') | undefined} */
  withdraw() {
    const { replacement } = this;
    this.replacement = undefined;
    return replacement;
  }

  #forgive(now) {
    if (this.current?.hasLasted(this.#minUptime, now)) this.backoff.reset();
  }

  #advance() {
    this.current = this.replacement;
    this.replacement = undefined;
    this.wanted = undefined;
  }

  /** Of the workers that were not told to go; one row says that there is none. @returns {Generator<import('./facts').Row>} */
  *rows(now) {
    const { index: slot, restarts } = this;
    if (this.current === undefined) {
      const state = this.backoff.until > now ? 'backoff' : 'empty';
      yield { slot, worker: undefined, state, generation: undefined, restarts, since: this.since };
    }
    for (const { worker, isReady, generation, since } of this.members) {
      yield { slot, worker, state: isReady ? 'ready' : 'starting', generation, restarts, since };
    }
  }
}

module.exports = Slot;

'use strict';

/**
 * Says which workers hang, and which are over a limit. It does no I/O, and reads no clock: what was seen of the workers,
 * and when, are arguments.
 */

/** How often the memory is looked at, in ms. A worker is over its limit if two looks say so. */
const MEMORY_PERIOD = 2000;

/** A limit is lower by up to this part, so that workers that started together are not replaced together. */
const JITTER = 0.2;

/** How many looks find out that a worker hangs. */
const LOOKS = 4;

/** A look that is so much later than it should be, in ms, says that this process, or all of them, did not run. */
const LATE = 1000;

/**
 * What was seen of a worker.
 *
 * @typedef {object} Look
 * @property {number} blocked for how long its event loop has not answered, in ms
 * @property {number} rss the memory that it uses, in bytes
 */

class Watch {
  #options;
  #random;
  /** By id: what is known of a worker that is ready. */
  #workers = new Map();
  /** When the next look is due, in ms. */
  #due = Infinity;
  /** A worker cannot be blamed for the time before, in ms. */
  #fairSince = -Infinity;
  #memoryAt = -Infinity;

  /**
   * @param {{ hangTimeout: number, maxMemory: number, maxLifetime: number, maxRequests: number }} options 0 means no limit
   * @param {() => number} random in [0, 1)
   */
  constructor(options, random) {
    this.#options = options;
    this.#random = random;
  }

  /** How long from one look to the next, in ms. */
  get #period() {
    const { hangTimeout, maxMemory } = this.#options;
    return Math.min(
      hangTimeout ? Math.max(hangTimeout / LOOKS, 1) : Infinity,
      maxMemory ? MEMORY_PERIOD : Infinity,
    );
  }

  /**
   * A worker is ready.
   * @returns {number} how many requests it may serve; 0 if there is no limit
   */
  add(worker, now) {
    const { maxLifetime, maxRequests } = this.#options;
    const expires = maxLifetime ? now + this.#lower(maxLifetime) : Infinity;
    if (this.#workers.size === 0) this.#due = now + this.#period;
    this.#workers.set(worker, { expires, wasLarge: false, isReported: false });
    return Math.round(this.#lower(maxRequests));
  }

  /**
   * A worker tells that it has served as many requests as `add` returned.
   * @returns {import('./facts').Input[]} none if it has no such limit
   */
  served(worker) {
    const known = this.#workers.get(worker);
    if (known === undefined || known.isReported || this.#options.maxRequests === 0) return [];
    known.isReported = true;
    return [{ type: 'replace', worker, reason: 'requests' }];
  }

  /** It has to go, or has gone. */
  remove(worker) {
    this.#workers.delete(worker);
  }

  #lower(limit) {
    return limit * (1 - JITTER * this.#random());
  }

  /** @returns {number} when `check` has something to do, in ms; Infinity if never */
  nextWake() {
    if (this.#workers.size === 0) return Infinity;
    const waiting = [...this.#workers.values()].filter(({ isReported }) => !isReported);
    return Math.min(this.#due, ...waiting.map(({ expires }) => expires));
  }

  /**
   * @param {number} now ms
   * @param {() => (worker: number) => Look} look called if a look is due. What it returns tells of each worker
   * @returns {import('./facts').Input[]}
   */
  check(now, look) {
    const see = this.#due <= now ? look() : undefined;
    if (see !== undefined && now - this.#due > LATE) this.#fairSince = now;
    const isForMemory = see !== undefined && now - this.#memoryAt >= MEMORY_PERIOD;
    if (isForMemory) this.#memoryAt = now;
    if (see !== undefined) this.#due = now + this.#period;
    return [...this.#workers].flatMap(([worker, known]) => {
      const seen = see?.(worker);
      if (seen !== undefined && this.#hangs(seen, now)) return { type: 'hung', worker };
      const reason = this.#reason(known, isForMemory ? seen : undefined, now);
      if (reason === undefined || known.isReported) return [];
      known.isReported = true;
      return { type: 'replace', worker, reason };
    });
  }

  #hangs({ blocked }, now) {
    const { hangTimeout } = this.#options;
    return hangTimeout > 0 && Math.min(blocked, now - this.#fairSince) >= hangTimeout;
  }

  /** Why this worker has to be replaced, if it has. */
  #reason(known, seen, now) {
    if (known.expires <= now) return 'lifetime';
    if (seen === undefined || this.#options.maxMemory === 0) return undefined;
    const isLarge = seen.rss > this.#options.maxMemory;
    const isOver = isLarge && known.wasLarge;
    known.wasLarge = isLarge;
    return isOver ? 'memory' : undefined;
  }
}

module.exports = Watch;

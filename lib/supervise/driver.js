'use strict';

/**
 * Between the rules and the world: tells the rules what happens, has the crew do what they say, and wakes them in time.
 */

const { performance } = require('node:perf_hooks');
const isDebugged = require('../debugged');
const { LONGEST } = require('../options');
const { memoryOf } = require('../proc');
const trace = require('../trace');
const Crew = require('./crew');
const Rules = require('./rules');
const Watch = require('./watch');

/** @typedef {import('../worker').Worker} Worker */

/**
 * What a driver has from the cluster, and whom it reports to.
 *
 * @typedef {object} Ties
 * @property {(slot: number, words: import('./last_words')) => Worker} fork may throw
 * @property {(worker: Worker, requests: number) => void} limitRequests the worker shall tell when it has served so many
 * @property {() => import('../..').Stats} stats
 * @property {(output: import('./facts').Output) => void} report is given what the rules say beside their orders
 * @property {(hand: import('./crew').Hand, reason: string) => void} departs a worker was told to go
 * @property {(worker: Worker, state: string, reason: string) => void} announce
 */

class Driver {
  #rules;
  #watch;
  #ties;
  /** What the rules have still to be told. @type {import('./facts').Input[]} */
  #inputs = [];
  #isTelling = false;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /**
   * @param {import('./facts').Options & ConstructorParameters<typeof Watch>[0] & ConstructorParameters<typeof Crew>[0]} options
   * @param {Ties} ties
   */
  constructor(options, ties) {
    this.#ties = ties;
    this.#rules = new Rules(options, Math.random);
    this.#watch = new Watch(options, Math.random);
    this.crew = new Crew(options, {
      fork: ties.fork,
      tell: (input) => this.tell(input),
      ready: (worker) => this.#onready(worker),
      announce: ties.announce,
    });
  }

  get status() {
    return this.#rules.status();
  }

  /** Tells the rules of a fact, and does what they say. What happens by that, they are told next. */
  tell(input) {
    this.#inputs.push(input);
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let next; (next = this.#inputs.shift()) !== undefined;) this.#apply(next);
    } finally {
      this.#isTelling = false;
      this.#arm();
    }
  }

  #apply(input) {
    for (const output of this.#rules.apply(performance.now(), input)) {
      trace?.('supervisor: %j, because of %j', output, input);
      if (output.type in this.#orders) this.#orders[output.type](output);
      else this.#ties.report(output);
    }
  }

  #orders = {
    START: ({ slot, reason }) => this.crew.start(slot, reason),
    DRAIN: ({ worker, reason }) => this.#dismiss(this.crew.drain(worker), 'draining', reason),
    KILL: ({ worker, reason }) => this.#dismiss(this.crew.kill(worker), 'killed', reason),
  };

  #dismiss(hand, state, reason) {
    this.#watch.remove(hand.worker.id);
    this.#ties.departs(hand, reason);
    this.#ties.announce(hand.worker, state, reason);
  }

  /** A worker that is ready is watched until it has to go, or has gone. */
  #onready(worker) {
    const requests = this.#watch.add(worker.id, performance.now());
    if (requests > 0) this.#ties.limitRequests(worker, requests);
    worker.once('exit', () => this.#watch.remove(worker.id));
  }

  /** A worker tells that it has reached its limit. */
  served(worker) {
    for (const input of this.#watch.served(worker)) this.tell(input);
  }

  /** A worker seems to hang. If somebody debugs it, it may, and the next look asks again. */
  async #suspect(input) {
    const hand = this.crew.find(input.worker);
    if (hand === undefined || (await isDebugged(Number(hand.worker.process.pid)))) return;
    this.tell(input);
  }

  #arm() {
    clearTimeout(this.#timer);
    const wake = Math.min(this.#rules.nextWake(), this.#watch.nextWake());
    // Between two attempts to start a worker, nothing else may keep this process alive.
    if (wake < Infinity)
      this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(0, wake - performance.now()), LONGEST));
  }

  #wake() {
    const look = () => {
      const { workers } = this.#ties.stats();
      return (id) => {
        const { pid } = /** @type {import('./crew').Hand} */ (this.crew.find(id)).worker.process;
        return { blocked: workers[id]?.blocked ?? 0, rss: memoryOf(Number(pid)) };
      };
    };
    for (const input of this.#watch.check(performance.now(), look)) {
      if (input.type === 'hung') void this.#suspect(input);
      else this.tell(input);
    }
    this.tell({ type: 'time' });
  }
}

module.exports = Driver;

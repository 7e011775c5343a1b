'use strict';

/** `supervisor.metrics()`: asks the tally, the kernel and the reactor, and no worker; only the application's metrics do. */

const { performance } = require('node:perf_hooks');
const { version } = require('../../package.json');
const { memoryOf } = require('../proc');
const AppMetrics = require('./app_metrics');
const familiesOf = require('./families');
const Tally = require('./tally');
const write = require('./text');

/** The states of the rows of `supervisor.status()`. */
const STATES = ['starting', 'ready', 'draining', 'backoff', 'empty'];

class Metrics {
  #tally = new Tally();
  /** @type {AppMetrics | undefined} */
  #app;
  #hooks;

  /**
   * @param {import('../supervise/hooks').Hooks} hooks
   * @param {object | boolean} [registry] whether the workers are asked for the metrics of the application
   */
  constructor(hooks, registry) {
    this.#hooks = hooks;
    if (registry) this.#app = new AppMetrics(hooks.askMetrics);
  }

  /** @param {number} slot @param {import('../worker').Worker} worker */
  forked(slot, worker) {
    this.#tally.forked(slot, worker, this.#hooks.account(worker));
  }

  /** A worker has another state: see the event 'worker'. */
  entered(worker, state, reason) {
    if (state === 'starting') this.#tally.starting(worker.slot, reason);
    if (state === 'ready') this.#app?.add(worker);
  }

  /** A reload has ended. @param {boolean} isGood */
  reloaded(isGood) {
    this.#tally.reloaded(isGood);
  }

  /** A worker has sent a part of its metrics. */
  received(id, act) {
    this.#app?.receive(id, act);
  }

  /**
   * @param {() => import('../supervise/facts').Status} status of the rules
   * @param {import('../supervise/crew')} crew
   * @returns {Promise<string>}
   */
  async read(status, crew) {
    const { text = '', stale = 0 } = (await this.#app?.collect()) ?? {};
    return `${write(familiesOf(this.#facts(status(), crew, stale)))}${text}`;
  }

  /** @returns {import('./families').Facts} */
  #facts({ workers }, crew, stale) {
    const { accepted, queued } = this.#hooks.stats();
    const seen = this.#tally.look();
    const { totals, restarts, reloads, isLastReloadGood } = this.#tally;
    const inFlight = seen.reduce((sum, figures) => sum + figures.inFlight, 0);
    return {
      info: { version, node: process.version },
      accepted,
      waiting: queued + inFlight,
      waits: this.#hooks.waits(),
      states: statesOf(workers),
      totals: totals.read(),
      gauges: gaugesOf(workers, crew, seen),
      restarts,
      reloads,
      isLastReloadGood,
      stale,
    };
  }
}

/** @param {import('../supervise/facts').Row[]} rows */
function statesOf(rows) {
  const states = Object.fromEntries(STATES.map((state) => [state, 0]));
  for (const { state } of rows) states[state]++;
  return states;
}

/**
 * The workers of a slot are added, except for the longest block, and the start of the first one, which is the one that serves.
 *
 * @param {import('../supervise/facts').Row[]} rows
 * @param {import('../supervise/crew')} crew
 * @param {import('./tally').Seen[]} seen
 */
function gaugesOf(rows, crew, seen) {
  const gauges = new Map();
  for (const { slot, worker } of [...rows].sort((a, b) => a.slot - b.slot)) {
    const hand = worker === undefined ? undefined : crew.find(worker);
    const { open = 0, blocked = 0 } = seen.find(({ id }) => id === worker) ?? {};
    const gauge = gauges.get(slot) ?? { open: 0, blocked: 0, rss: 0, startedAt: undefined };
    gauges.set(slot, gauge);
    gauge.open += open;
    gauge.blocked = Math.max(gauge.blocked, blocked);
    if (hand === undefined) continue;
    gauge.rss += hand.worker.isDead() ? 0 : memoryOf(Number(hand.worker.process.pid));
    gauge.startedAt ??= (performance.timeOrigin + hand.forkedAt) / 1000;
  }
  return gauges;
}

module.exports = Metrics;

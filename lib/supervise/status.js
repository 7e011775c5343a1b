'use strict';

/** `supervisor.status()`: what the rules, the crew, the reactor and the kernel know, in one object. */

const { performance } = require('node:perf_hooks');
const { memoryOf } = require('../proc');

/**
 * It waits for no worker.
 *
 * @param {import('./facts').Status} status of the rules
 * @param {import('./crew')} crew
 * @param {import('../..').Stats} stats
 * @returns {import('../..').SupervisorStatus} see `index.d.ts`
 */
module.exports = function statusOf({ state, generation, wanted, workers }, crew, stats) {
  const now = performance.now();
  const rowOf = ({ slot, worker, state, generation, restarts }) => {
    const hand = worker === undefined ? undefined : crew.find(worker);
    const { claimed = 0, open = 0, utilization = 0, blocked = 0 } = stats.workers[worker] ?? {};
    const pid = hand?.worker.process.pid;
    return {
      slot,
      id: worker,
      pid,
      state,
      generation,
      uptime: hand === undefined ? 0 : Math.round(now - hand.forkedAt),
      restarts,
      lastExit: crew.lastExit(slot),
      claimed,
      open,
      utilization,
      blocked,
      rss: pid === undefined ? 0 : memoryOf(pid),
    };
  };
  const { accepted, queued } = stats;
  const { pid } = process;
  return { state, generation, pid, accepted, queued, wanted, workers: workers.map(rowOf) };
};

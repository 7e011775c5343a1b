'use strict';

/** The metrics of rs-cluster: their names, and where each number comes from. Pure. `docs/metrics.md` has the same names. */

/**
 * All that the metrics tell.
 *
 * @typedef {object} Facts
 * @property {{ version: string, node: string }} info
 * @property {number} accepted
 * @property {number} waiting accepted, and claimed by no worker yet
 * @property {{ sum: number, bounds: number[], counts: number[] }} waits `counts` has one more than `bounds`
 * @property {Record<string, number>} states how many workers, or slots without one, are in each state
 * @property {Map<number, Record<string, number>>} totals by slot: see `tally.js`
 * @property {Map<number, Gauges>} gauges by slot: what is so now
 * @property {Map<number, Record<string, number>>} restarts by slot and reason
 * @property {{ success: number, failure: number }} reloads
 * @property {boolean} isLastReloadGood
 * @property {number} stale
 *
 * @typedef {object} Gauges
 * @property {number} open
 * @property {number} blocked in ms
 * @property {number} rss
 * @property {number} [startedAt] in s since 1970
 */

const family = (type) => (name, help, samples) => ({ name: `rs_cluster_${name}`, type, help, samples });
const counter = family('counter');
const gauge = family('gauge');
const histogram = family('histogram');

const one = (value) => [{ value: Number(value) }];

/** A sample for each entry, with its key as this label. */
const by = (label, entries) => [...entries].map(([key, value]) => ({ labels: { [label]: key }, value }));

/** @returns {import('./text').Sample[]} */
function buckets({ sum, bounds, counts }) {
  let count = 0;
  const samples = [...bounds, Infinity].map((bound, at) => {
    count += counts[at];
    const le = bound === Infinity ? '+Inf' : bound;
    return { suffix: '_bucket', labels: { le }, value: count };
  });
  return [...samples, { suffix: '_sum', value: sum }, { suffix: '_count', value: count }];
}

/** @param {Facts} facts @returns {import('./text').Family[]} */
module.exports = function familiesOf(facts) {
  const ofSlots = (values, read) => {
    const entries = [...values].map(([slot, each]) => /** @type {const} */ ([slot, read(each)]));
    return by(
      'worker',
      entries.filter(([, value]) => value !== undefined),
    );
  };
  const total = (name, help, read) => counter(`worker_${name}_total`, help, ofSlots(facts.totals, read));
  const now = (name, help, read) => gauge(`worker_${name}`, help, ofSlots(facts.gauges, read));
  const restarts = [...facts.restarts].flatMap(([worker, reasons]) =>
    Object.entries(reasons).map(([reason, value]) => ({ labels: { worker, reason }, value })),
  );
  return [
    gauge('info', 'Versions of rs-cluster and of Node.js.', [{ labels: facts.info, value: 1 }]),
    counter('connections_accepted_total', 'Connections that the primary has accepted.', one(facts.accepted)),
    gauge('connections_waiting', 'Connections that no worker has claimed yet.', one(facts.waiting)),
    histogram(
      'queue_wait_seconds',
      'Time from accept until a worker claims the connection.',
      buckets(facts.waits),
    ),
    gauge('workers', 'Workers, and slots without one, by state.', by('state', Object.entries(facts.states))),
    total('connections_offered', 'Connections that were offered to it.', ({ offered }) => offered),
    total('connections_claimed', 'Of those: claimed.', ({ claimed }) => claimed),
    total('connections_refused', 'Of those: refused, because it had no room.', ({ refused }) => refused),
    total(
      'connections_revoked',
      'Of those: taken back, because it did not claim them.',
      ({ revoked }) => revoked,
    ),
    total(
      'connections_redispatched',
      'Of those: offered to another worker before.',
      ({ redispatched }) => redispatched,
    ),
    now('connections_open', 'Connections that are open in it.', ({ open }) => open),
    total('eventloop_busy_seconds', 'Time in which its event loop was not idle.', ({ busy }) => busy / 1000),
    now(
      'eventloop_blocked_seconds',
      'How long its event loop has not answered.',
      ({ blocked }) => blocked / 1000,
    ),
    total('cpu_seconds', 'Processor time, of user and system.', ({ cpu }) => cpu),
    now('resident_memory_bytes', 'Resident memory.', ({ rss }) => rss),
    now('start_time_seconds', 'When it was started, since 1970.', ({ startedAt }) => startedAt),
    counter('worker_restarts_total', 'Workers that were started after the first one.', restarts),
    counter('reloads_total', 'Reloads that have ended.', by('result', Object.entries(facts.reloads))),
    gauge(
      'last_reload_success',
      'Whether the last reload has succeeded, or there was none.',
      one(facts.isLastReloadGood),
    ),
    gauge(
      'metrics_stale_workers',
      'Workers that did not answer with metrics of their own.',
      one(facts.stale),
    ),
  ];
};

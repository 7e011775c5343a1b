'use strict';

/** Rows with a server under load. */

const { SATURATED, measure } = require('./server');

/** A third of the rate of the slowest contender. */
const PACED = { 'per-second': 1500 };

/**
 * The warm-up if connections are slow, or if there are many workers. Then some code is not compiled, for every
 * contender.
 */
const SHORT_WARM_UP = 4000;

const CLUSTERS = ['ours', 'ours none', 'builtin', 'builtin none', 'reuseport', 'single'];

/** Contenders that all get the same workload. */
const all = (clusters, workload) =>
  Object.fromEntries(clusters.map((cluster) => [cluster, { cluster, ...workload }]));

/**
 * Claims whose ratio is above 1 if ours is better: for `less`, a smaller value is better; for `more`, a larger
 * one.
 */
const less = (value, goal) => ({ value, over: 'builtin', under: 'ours', ...goal });
const more = (value, goal) => ({ value, over: 'ours', under: 'builtin', ...goal });
const latency = ['p50', 'p99', 'p99.9'].map((value) => less(value));

/** Goals of both policies beside the builtin's round robin. */
const cpu = ({ ours, none }) => [
  less('CPU', { least: ours }),
  { ...less('CPU'), under: 'ours none', least: none },
];
const fair = (name, least, most) => [
  { value: 'least share', over: name, least },
  { value: 'most share', over: name, most },
];

const saturated = (protocol, workers, goals) => ({
  name: `${protocol}-${workers}`,
  title: `${protocol}, ${workers} workers, saturated`,
  contenders: all(CLUSTERS, { protocol, workers, load: SATURATED }),
  measure,
  claims: [
    ...cpu(goals),
    { value: 'CPU', over: 'ours none', under: 'ours', most: 1 },
    { value: 'CPU', over: 'ours', under: 'builtin none', most: 1.05 },
    less('CPU primary', { least: 6 }),
    less('CPU workers'),
    more('rate', { least: 1.8 }),
    { ...more('rate'), over: 'ours none' },
    ...latency,
    ...fair('ours', 0.99, 1.01),
    ...fair('ours none', 0.9, 1.1),
    { value: 'descriptors', over: 'ours', most: 0 },
    { value: 'descriptors', over: 'ours none', most: 0 },
    less('RSS primary'),
    less('RSS worker'),
    { value: 'CPU clients', over: 'ours' },
  ],
});

const paced = (protocol, workers, goals) => ({
  name: `${protocol}-paced-${workers}`,
  title: `${protocol}, ${workers} workers, ${PACED['per-second']} a second`,
  contenders: all(CLUSTERS, { protocol, workers, load: PACED }),
  measure,
  claims: [
    ...cpu(goals),
    less('CPU primary'),
    ...latency.map((claim) => (claim.value === 'p99' ? { ...claim, least: 1 } : claim)),
    ...latency.map((claim) => ({
      ...claim,
      under: 'ours none',
      ...(claim.value === 'p99' && { least: goals.p99 }),
    })),
    ...fair('ours', 0.98, 1.02),
    ...fair('ours none', 0.98, 1.02),
    { value: 'switches primary', over: 'ours none', most: 0.15 },
    { value: 'switches workers', over: 'ours none', most: 1.3 },
  ],
});

/**
 * What a connection costs if there is more of something, beside what it costs without.
 *
 * @param {string} name
 * @param {string} title
 * @param {object} workload of both
 * @param {Record<string, object>} more by what it is called: what is different
 * @param {(cluster: string, what: string) => number | undefined} most the largest ratio, if there is a goal
 */
const growth = (name, title, workload, more, most = () => undefined) => {
  const clusters = ['ours', 'ours none', 'builtin'];
  const pairs = clusters.flatMap((cluster) => Object.keys(more).map((what) => ({ cluster, what })));
  return {
    name: `growth-${name}`,
    title,
    contenders: Object.fromEntries([
      ...clusters.map((cluster) => [cluster, { cluster, ...workload }]),
      ...pairs.map(({ cluster, what }) => [`${cluster}, ${what}`, { cluster, ...workload, ...more[what] }]),
    ]),
    measure,
    claims: ['CPU', 'RSS primary'].flatMap((value) =>
      pairs.map(({ cluster, what }) => ({
        value,
        over: `${cluster}, ${what}`,
        under: cluster,
        ...(value === 'CPU' && cluster.startsWith('ours') && { most: most(cluster, what) }),
      })),
    ),
  };
};

const ENOUGH = 1.15;

/** The same number of connections before the measurement, whatever the number of workers is: 512 are not warm then. */
const ofWorkers = (workers) => ({ workers, warmUp: Math.max(SHORT_WARM_UP / (workers / 4), 250) });

const sizes = (protocol) =>
  growth(
    protocol,
    `${protocol}, 4 workers and others, saturated`,
    { protocol, load: SATURATED, ...ofWorkers(4) },
    Object.fromEntries([2, 8, 32].map((workers) => [`${workers} workers`, ofWorkers(workers)])),
    (_, what) => (what === '32 workers' ? ENOUGH : undefined),
  );

/** At a fixed rate: the smallest ratios of the builtin's CPU, and of its p99 to that of SCHED_NONE. */
const NET = { ours: 1.6, none: 2, p99: 2 };
const HTTP = { ours: 1.4, none: 1.55, p99: 1.18 };

/** Latency at a part of what each contender can do by itself: those that can do more get more. */
const busy = (protocol, name, part) => ({
  name: `${protocol}-${name.split(' ').at(-1)}`,
  title: `${protocol}, 4 workers, at ${name} of the own capacity`,
  contenders: all(CLUSTERS, { protocol, workers: 4, load: { part } }),
  measure,
  claims: [more('rate'), ...latency, ...latency.map((claim) => ({ ...claim, under: 'ours none' }))],
});

const http = { protocol: 'http', workers: 4 };

const rows = [
  saturated('net', 4, { ours: 2.4 }),
  saturated('http', 4, { ours: 2 }),
  paced('net', 4, NET),
  paced('net', 8, NET),
  paced('http', 4, HTTP),
  paced('http', 8, HTTP),
  ...['net', 'http'].flatMap((protocol) => [
    busy(protocol, 'a quarter', 0.25),
    busy(protocol, 'three quarters', 0.75),
  ]),
  sizes('net'),
  sizes('http'),
  growth(
    'many',
    'net, 4 workers and many more, saturated',
    { protocol: 'net', load: SATURATED, ...ofWorkers(4) },
    { '64 workers': ofWorkers(64), '512 workers': ofWorkers(512) },
    () => ENOUGH,
  ),
  growth(
    'ports',
    'net, 4 workers, 1,500 a second, also with 500 ports',
    { protocol: 'net', workers: 4, load: PACED },
    { '500 ports': { ports: 500 } },
    () => ENOUGH,
  ),
  growth(
    'idle',
    'http, 4 workers, 1,000 a second, also beside 10,000 idle connections',
    { protocol: 'http', workers: 4, load: { 'per-second': 1000 } },
    { '10,000 idle': { idle: 10_000 } },
    () => ENOUGH,
  ),
  {
    name: 'keep-alive',
    title: 'http, 4 workers, requests on 64 kept connections',
    contenders: all(CLUSTERS, { protocol: 'http-keep-alive', workers: 4, load: SATURATED }),
    measure,
    claims: [more('rate', { least: 0.98 }), less('CPU'), ...latency],
  },
  {
    name: 'blocked-primary',
    title: "http, 4 workers, the primary's JavaScript blocked 200 of 250 ms",
    contenders: all(['ours', 'ours none', 'builtin', 'builtin none'], {
      ...http,
      load: SATURATED,
      warmUp: SHORT_WARM_UP,
      blocked: { who: 'primary', milliseconds: 200, every: 250 },
    }),
    measure,
    claims: [more('rate', { least: 8 }), less('p50'), less('p99', { least: 8 })],
  },
  {
    name: 'blocked-worker',
    title: `http, 4 workers, one blocked 100 of 200 ms, ${PACED['per-second']} a second`,
    contenders: {
      ...all(['ours', 'ours none', 'builtin', 'builtin none', 'reuseport'], {
        ...http,
        load: PACED,
        blocked: { who: 'worker', milliseconds: 100, every: 200 },
      }),
      'ours unblocked': { cluster: 'ours', ...http, load: PACED },
    },
    measure,
    claims: [
      { value: 'p99', over: 'ours', under: 'ours unblocked', most: 2 },
      { value: 'p99', over: 'builtin none', under: 'ours', least: 1 },
      { value: 'p99', over: 'builtin none', under: 'ours none', least: 1 },
      ...latency,
    ],
  },
  {
    name: 'idle',
    title: 'http, 4 workers, nobody comes',
    contenders: all(CLUSTERS, { ...http, load: 'nobody' }),
    measure,
    // It has no ratio, because the CPU time of some contenders is zero.
    claims: [{ value: 'CPU idle', over: 'ours' }],
  },
  {
    name: 'aa-net',
    title: 'A/A: net, 4 workers, saturated, each against itself',
    contenders: Object.fromEntries(
      ['ours', 'builtin'].flatMap((cluster) =>
        [cluster, `${cluster} again`].map((name) => [
          name,
          { cluster, protocol: 'net', workers: 4, load: SATURATED },
        ]),
      ),
    ),
    measure,
    claims: ['CPU', 'rate', 'p99'].flatMap((value) =>
      ['ours', 'builtin'].map((cluster) => ({ value, over: cluster, under: `${cluster} again` })),
    ),
  },
];

module.exports = { rows };

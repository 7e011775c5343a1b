'use strict';

/** Rows that send messages and sockets between the primary and workers. */

const program = require('./program');

/** The goal of a metric without a goal of its own: not slower, with 5 % for chance. */
const FLOOR = 0.95;

/** The length of a quick measurement, compared with a full one. */
const QUICK = 0.2;

const KIB = 1024;
const MIB = 1024 * KIB;

const ARROWS = { worker: 'worker → primary', primary: 'primary → worker' };
const SHORT = { worker: 'up', primary: 'down' };

/**
 * The workload first runs without being measured, so that the JIT compilers have compiled the code. A quick
 * measurement has the same warm-up as a full one.
 */
function measure({ cluster, file, workload }, { node, quick }) {
  const { count } = workload;
  const counts = { count: Math.ceil(count * (quick ? QUICK : 1)), warmUp: Math.ceil(count / 4) };
  return program(file, cluster, { ...workload, ...counts }, node);
}

/**
 * @param {Record<string, number | undefined>} goals by metric: the smallest ratio builtin / ours. Default:
 *   `FLOOR`
 */
const row = (name, title, file, workload, goals) => ({
  name,
  title,
  contenders: {
    ours: { cluster: 'ours', file, workload },
    builtin: { cluster: 'builtin', file, workload },
  },
  measure,
  claims: Object.entries(goals).map(([value, goal]) => ({
    value,
    over: 'builtin',
    under: 'ours',
    least: goal ?? FLOOR,
  })),
});

/** One row for each direction. */
function oneWay(name, title, goal, workload) {
  return Object.entries(ARROWS).map(([from, arrow]) =>
    row(`${name}-${SHORT[from]}`, `${title}, ${arrow}`, 'one-way.js', { ...workload, from }, { CPU: goal }),
  );
}

const advanced = { serialization: 'advanced' };
const buffer = { ...advanced, payload: 'buffer' };
const tree = { ...advanced, payload: 'tree' };

/** A message from one process to the other, and back. */
const pingPong = (name, title, goals, workload) => row(name, title, 'ping-pong.js', workload, goals);

/**
 * With these counts, the builtin takes about a second. Without `burst`, the next message is sent in the callback
 * of the previous one.
 */
const ROWS = [
  ...oneWay('burst', '40 B, bursts of 100', 4.5, { bytes: 40, burst: 100, count: 200_000 }),
  ...oneWay('tick', '40 B, one a tick', 1.25, { bytes: 40, burst: 1, count: 80_000 }),
  pingPong('ping-pong', '40 B, ping-pong', { p50: 1.15, CPU: undefined }, { bytes: 40, count: 40_000 }),
  ...oneWay('1k', '1 KiB, bursts of 16', 1.4, { bytes: KIB, burst: 16, count: 80_000 }),
  ...oneWay('64k', '64 KiB, paced', 1.05, { bytes: 64 * KIB, count: 5_000 }),
  ...oneWay('1m', '1 MiB, paced', 1.05, { bytes: MIB, count: 300 }),
  ...oneWay('records', '64 KiB of records, paced', undefined, {
    payload: 'records',
    bytes: 64 * KIB,
    count: 2_000,
  }),
  ...oneWay('advanced-burst', "'advanced' 40 B, bursts of 100", 2, {
    ...advanced,
    bytes: 40,
    burst: 100,
    count: 80_000,
  }),
  ...oneWay('advanced-nested', "'advanced' 60 B, nested, bursts of 100", undefined, {
    ...advanced,
    payload: 'nested',
    burst: 100,
    count: 80_000,
  }),
  ...oneWay('advanced-1k', "'advanced' 1 KiB, bursts of 16", 1, {
    ...buffer,
    bytes: KIB,
    burst: 16,
    count: 50_000,
  }),
  ...oneWay('advanced-parcel', "'advanced' 1 KiB, nested, bursts of 16", undefined, {
    ...advanced,
    payload: 'parcel',
    bytes: KIB,
    burst: 16,
    count: 50_000,
  }),
  pingPong(
    'advanced-ping-pong',
    "'advanced' 40 B, nested, ping-pong",
    { p50: 1, CPU: 1 },
    {
      ...tree,
      bytes: 40,
      count: 15_000,
    },
  ),
  pingPong(
    'advanced-ping-pong-1k',
    "'advanced' 1 KiB, nested, ping-pong",
    { CPU: 1 },
    {
      ...tree,
      bytes: KIB,
      count: 8_000,
    },
  ),
  pingPong(
    'advanced-ping-pong-64k',
    "'advanced' 64 KiB, nested, ping-pong",
    { CPU: 1 },
    {
      ...tree,
      bytes: 64 * KIB,
      count: 600,
    },
  ),
  ...oneWay('advanced-records', "'advanced' 64 KiB, nested, paced", 1, {
    ...tree,
    bytes: 64 * KIB,
    count: 1_200,
  }),
  ...oneWay('advanced-64k', "'advanced' 64 KiB, paced", 1, { ...buffer, bytes: 64 * KIB, count: 10_000 }),
  ...oneWay('advanced-1m', "'advanced' 1 MiB, paced", 1, { ...buffer, bytes: MIB, count: 700 }),
  row(
    'broadcast',
    '40 B to 8 workers, bursts of 100',
    'one-way.js',
    { from: 'primary', workers: 8, bytes: 40, burst: 100, count: 40_000 },
    { CPU: 3.5 },
  ),
  row('hand-over', 'an accepted socket', 'hand-over.js', { count: 5_000 }, { CPU: 2 }),
  row(
    'hand-over-8',
    'an accepted socket, 8 workers',
    'hand-over.js',
    { workers: 8, count: 10_000 },
    { CPU: 2 },
  ),
];

/** Copies of some rows with the builtin against itself. They show how far from 1 a ratio is by chance. */
const CONTROLS = ROWS.filter(({ name }) => name === 'burst-up' || name === 'ping-pong').map((twin) => ({
  ...twin,
  name: `aa-${twin.name}`,
  title: `A/A: ${twin.title}`,
  contenders: { builtin: twin.contenders.builtin, 'builtin again': twin.contenders.builtin },
  claims: twin.claims.map(({ value }) => ({ value, over: 'builtin', under: 'builtin again' })),
}));

module.exports = { rows: [...ROWS, ...CONTROLS] };

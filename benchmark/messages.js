'use strict';

/**
 * The IPC channel of rs-cluster beside the builtin's.
 *
 *   node benchmark/messages.js [--node PATH] [--pairs 7] [--quick] [--json FILE] [name ...]
 *
 * Names are of rows, or beginnings of them; `--list` shows them. A ratio is builtin / ours: above 1
 * is better for us. 'CPU' is user and system time of the primary and all workers for one message,
 * 'p50' the median round trip.
 */

const fs = require('node:fs');
const os = require('node:os');
const { execFileSync } = require('node:child_process');
const { parseArgs } = require('node:util');
const { BUILTIN_TWICE, compare, summary, table } = require('./pairs');

const KIB = 1024;
const MIB = 1024 * KIB;

/** How much shorter a quick measurement is, and how many pairs of them there are. */
const QUICK = { scale: 0.2, pairs: 3 };

const ARROWS = { worker: 'worker → primary', primary: 'primary → worker' };
const SHORT = { worker: 'up', primary: 'down' };

/** A row for each direction. */
function oneWay(name, title, goal, workload) {
  return Object.entries(ARROWS).map(([from, arrow]) => ({
    name: `${name}-${SHORT[from]}`,
    title: `${title}, ${arrow}`,
    program: 'one-way.js',
    workload: { ...workload, from },
    goals: { CPU: goal },
  }));
}

const advanced = { serialization: 'advanced' };
const buffer = { ...advanced, payload: 'buffer' };

/** Counts are such that the builtin takes about a second. Without `burst`, sending is paced by callbacks. */
const ROWS = [
  ...oneWay('burst', '40 B, bursts of 100', 4.5, { bytes: 40, burst: 100, count: 200_000 }),
  ...oneWay('tick', '40 B, one a tick', 1.25, { bytes: 40, burst: 1, count: 80_000 }),
  {
    name: 'ping-pong',
    title: '40 B, ping-pong',
    program: 'ping-pong.js',
    workload: { count: 40_000 },
    goals: { p50: 1.3, CPU: undefined },
  },
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
  ...oneWay('advanced-64k', "'advanced' 64 KiB, paced", 1, { ...buffer, bytes: 64 * KIB, count: 10_000 }),
  ...oneWay('advanced-1m', "'advanced' 1 MiB, paced", 1, { ...buffer, bytes: MIB, count: 700 }),
  {
    name: 'broadcast',
    title: '40 B to 8 workers, bursts of 100',
    program: 'one-way.js',
    workload: { from: 'primary', workers: 8, bytes: 40, burst: 100, count: 10_000 },
    goals: { CPU: 3.5 },
  },
  {
    name: 'hand-over',
    title: 'an accepted socket',
    program: 'hand-over.js',
    workload: { count: 5_000 },
    goals: { CPU: 2 },
  },
];

/** Twins of some rows, the builtin against itself. */
const CONTROLS = ROWS.filter(({ name }) => name === 'burst-up' || name === 'ping-pong').map((row) => ({
  ...row,
  name: `aa-${row.name}`,
  title: `A/A: ${row.title}`,
  sides: BUILTIN_TWICE,
}));

function choose(names) {
  const rows = [...ROWS, ...CONTROLS];
  for (const name of names) {
    if (!rows.some((row) => row.name.startsWith(name))) throw new Error(`there is no row ${name}`);
  }
  return names.length === 0 ? rows : rows.filter((row) => names.some((name) => row.name.startsWith(name)));
}

/** Before what is measured the same is done for the JIT compilers, as long for a quick measurement as for any. */
function scaled(row, scale) {
  const { count } = row.workload;
  const counts = { count: Math.ceil(count * scale), warmUp: Math.ceil(count / 4) };
  return { ...row, workload: { ...row.workload, ...counts } };
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      node: { type: 'string', default: process.execPath },
      pairs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  const chosen = choose(positionals);
  if (values.list) {
    for (const { name, title } of chosen) console.log(`${name.padEnd(20)}${title}`);
    return;
  }
  const { node, quick } = values;
  const pairs = Number(values.pairs ?? (quick ? QUICK.pairs : 7));
  if (!(Number.isInteger(pairs) && pairs > 0)) throw new Error('--pairs takes a number from 1');
  const rows = chosen.map((row) => scaled(row, quick ? QUICK.scale : 1));
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const about = {
    node: version,
    cpus: os.cpus().length,
    cpu: os.cpus()[0]?.model,
    load: os.loadavg(),
    quick,
  };

  const result = await compare(rows, { node, pairs, log: (text) => process.stderr.write(`${text}\n`) });
  if (values.json !== undefined) {
    const failures = [...result.failures].map(([row, { message }]) => ({ row, message }));
    const text = JSON.stringify({ ...about, rows, pairs: result.pairs, failures }, null, 2);
    fs.writeFileSync(values.json, `${text}\n`);
  }
  const load = about.load.map((value) => value.toFixed(1)).join(' ');
  console.log(
    `Node ${version}, ${about.cpus} CPUs (load ${load}), ${pairs} pairs: medians; ratio = builtin / ours\n`,
  );
  console.log(table(summary(rows, result)));
  if (result.failures.size > 0) process.exitCode = 1;
}

main();

'use strict';

/**
 * Rows with a server under load: the cost of a connection, its latency, and the share of each worker.
 *
 * More than 250 lines: half of them is the list of rows, which is read as a whole.
 */

const childProcess = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { setTimeout } = require('node:timers/promises');
const load = require('./load');

/** With 64 clients, the processors are idle for 13 % of the time with ours, and for 6 % with the builtin. */
const SATURATED = { clients: 256 };
/** A third of the rate of the slowest contender. */
const PACED = { 'per-second': 1500 };

/**
 * How long a measurement takes, and how many connections each worker gets before it, so that the JIT compilers
 * have compiled its code.
 */
const LENGTH = { seconds: 2, warmUp: 16_000 };
const QUICK = { seconds: 0.3, warmUp: 200 };
/**
 * The warm-up if connections are slow, or if there are many workers. Then some code is not compiled, for every
 * contender.
 */
const SHORT_WARM_UP = 4000;

const PROGRAMS = { net: 'net.js', http: 'http.js', 'http-keep-alive': 'http.js' };

/** How many descriptors a process has open. */
const descriptors = (pid) => fs.readdirSync(`/proc/${pid}/fd`).length;

/** The result of `count` when it is `wanted`, or after two seconds. */
async function settled(count, wanted) {
  for (let turn = 0; turn < 100 && count() !== wanted; turn++) await setTimeout(20);
  return count();
}

/** The resident memory of a process in MiB. */
function residentMemory(pid) {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  return kib / 1024;
}

/** How often the threads of a process have gone to sleep so far. Each time, the processor switches to another one. */
function switches(pid) {
  const folder = `/proc/${pid}/task`;
  return sum(
    fs.readdirSync(folder).map((thread) => {
      const status = fs.readFileSync(`${folder}/${thread}/status`, 'utf8');
      return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)[1]);
    }),
  );
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** Starts a server. @returns {Promise<{ port: number, processes: number[], stop(): Promise<void> }>} */
async function start({ cluster, protocol, workers, blocked }, node) {
  const file = path.join(__dirname, 'workloads', PROGRAMS[protocol]);
  const server = childProcess.spawn(node, [file, JSON.stringify({ workers, blocked })], {
    env: { ...process.env, CLUSTER: cluster },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exit = once(server, 'exit');
  const ended = exit.then(([code, signal]) => {
    throw new Error(`the server ended with ${signal ?? code}`);
  });
  const lines = readline.createInterface({ input: server.stdout });
  const [line] = await Promise.race([once(lines, 'line'), ended]);
  ended.catch(() => {}); // From now on, the load generator reports an ended server.
  const stop = async () => {
    server.stdin.end();
    await exit;
  };
  return { ...JSON.parse(line), stop };
}

/** @returns {Promise<import('./rounds').Values>} */
async function measure(contender, { node, quick }) {
  const { cluster, protocol, workers, load: what } = contender;
  const { seconds, warmUp } = quick ? QUICK : { ...LENGTH, ...contender };
  const { port, processes, stop } = await start(contender, node);
  try {
    const plan = { port, protocol, processes };
    const answers = warmUp * (cluster === 'single' ? 1 : workers);
    await load({ ...plan, load: 'nobody', warmUp: answers, seconds: 0 });
    // Counted after the warm-up, because libuv opens a descriptor of its own with the first connection.
    const before = sum(processes.map(descriptors));
    const asleep = processes.map(switches);
    const report = await load({ ...plan, load: what, warmUp: 0, seconds });
    const slept = processes.map((pid, index) => switches(pid) - asleep[index]);
    const errors = Object.entries(report.errors);
    if (errors.length > 0)
      throw new Error(`${cluster}: ${errors.map((error) => error.join(': ')).join(', ')}`);
    return {
      ...costs(report),
      ...sleeps(report, slept),
      ...shares(report, cluster === 'single' ? 1 : workers),
      descriptors: (await settled(() => sum(processes.map(descriptors)), before)) - before,
      ...memory(processes),
    };
  } finally {
    await stop();
  }
}

/** All values are in µs, except the rate. */
function costs({ count, seconds, cpu, ownCpu, latency }) {
  const [primary, ...workers] = cpu.map((time) => time * 1e6);
  if (count === 0) return { 'CPU idle': (primary + sum(workers)) / seconds };
  return {
    CPU: (primary + sum(workers)) / count,
    'CPU primary': primary / count,
    'CPU workers': sum(workers) / count,
    'CPU clients': (ownCpu * 1e6) / count,
    rate: count / seconds,
    p50: latency.p50,
    p99: latency.p99,
    'p99.9': latency.p999,
  };
}

/** How often the processes went to sleep, for each connection. */
function sleeps({ count }, [primary, ...workers]) {
  if (count === 0) return {};
  return { 'switches primary': primary / count, 'switches workers': sum(workers) / count };
}

/** The report has no entry for a worker without connections. */
function shares({ count, byWorker }, workers) {
  const counts = Object.values(byWorker);
  const fair = count / workers;
  const least = counts.length < workers ? 0 : Math.min(...counts);
  return count === 0 ? {} : { 'least share': least / fair, 'most share': Math.max(...counts) / fair };
}

function memory([primary, ...workers]) {
  const all = { 'RSS primary': residentMemory(primary) };
  if (workers.length > 0) all['RSS worker'] = sum(workers.map(residentMemory)) / workers.length;
  return all;
}

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

/** Numbers of workers. The first one is compared with each of the others. */
const SIZES = [4, 2, 8, 32];

const growth = (protocol) => ({
  name: `growth-${protocol}`,
  title: `${protocol}, ${[...SIZES].sort((a, b) => a - b).join(', ')} workers, saturated`,
  contenders: Object.fromEntries(
    SIZES.flatMap((workers) =>
      ['ours', 'builtin'].map((cluster) => [
        `${cluster} ${workers}`,
        { cluster, protocol, workers, load: SATURATED, warmUp: SHORT_WARM_UP },
      ]),
    ),
  ),
  measure,
  claims: ['ours', 'builtin'].flatMap((cluster) =>
    SIZES.slice(1).map((workers) => ({
      value: 'CPU',
      over: `${cluster} ${workers}`,
      under: `${cluster} 4`,
      ...(cluster === 'ours' && workers === 32 && { most: 1.15 }),
    })),
  ),
});

/** At a fixed rate: the smallest ratios of the builtin's CPU, and of its p99 to that of SCHED_NONE. */
const NET = { ours: 1.6, none: 2, p99: 2 };
const HTTP = { ours: 1.4, none: 1.55, p99: 1.18 };

const http = { protocol: 'http', workers: 4 };

const rows = [
  saturated('net', 4, { ours: 2.4 }),
  saturated('http', 4, { ours: 2 }),
  paced('net', 4, NET),
  paced('net', 8, NET),
  paced('http', 4, HTTP),
  paced('http', 8, HTTP),
  growth('net'),
  growth('http'),
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

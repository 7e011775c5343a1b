'use strict';

/** Measures a server under load: the cost of a connection, its latency, and the share of each worker. */

const childProcess = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { setTimeout } = require('node:timers/promises');
const load = require('./load');

/** With 64 clients, the processors are idle for 13 % of the time with ours, and for 6 % with the builtin. */
const SATURATED = { clients: 256 };

/**
 * How long a measurement takes, and how many connections each worker gets before it, so that the JIT compilers
 * have compiled its code.
 */
const LENGTH = { seconds: 2, warmUp: 16_000 };
const QUICK = { seconds: 0.3, warmUp: 200 };
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
async function start({ cluster, protocol, workers, ports, idle, blocked }, node) {
  const file = path.join(__dirname, 'workloads', PROGRAMS[protocol]);
  const server = childProcess.spawn(node, [file, JSON.stringify({ workers, ports, idle, blocked })], {
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

/**
 * The load of a contender. `{ part }` is this part of what it answers by itself when it is saturated.
 *
 * @param {object} contender
 * @param {object} plan without a load
 * @param {number} seconds
 */
async function loadOf({ load: what }, plan, seconds) {
  if (what.part === undefined) return what;
  const report = await load({ ...plan, load: SATURATED, warmUp: 0, seconds });
  return { 'per-second': Math.round((what.part * report.count) / report.seconds) };
}

/** @returns {Promise<import('./rounds').Values>} */
async function measure(contender, { node, quick }) {
  const { cluster, protocol, workers } = contender;
  const { seconds, warmUp } = quick ? QUICK : { ...LENGTH, ...contender };
  const { port, processes, stop } = await start(contender, node);
  try {
    const plan = { port, protocol, processes, idle: 0 };
    const answers = warmUp * (cluster === 'single' ? 1 : workers);
    await load({ ...plan, load: 'nobody', warmUp: answers, seconds: 0 });
    const what = await loadOf(contender, plan, seconds);
    // Counted after the warm-up, because libuv opens a descriptor of its own with the first connection.
    const before = sum(processes.map(descriptors));
    const asleep = processes.map(switches);
    const report = await load({ ...plan, load: what, warmUp: 0, seconds, idle: contender.idle ?? 0 });
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

module.exports = { SATURATED, measure };

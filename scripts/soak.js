'use strict';

/**
 * Runs a cluster under mixed load, and checks that the primary does not leak memory or descriptors:
 *
 *   node scripts/soak.js --minutes 30
 *   CLUSTER=builtin node scripts/soak.js --minutes 5      the same with Node's own cluster
 *
 * The load is connections, requests on connections that are kept alive, messages in both directions, and sockets
 * sent to workers. At the same time, workers are killed, disconnected and blocked, and new ones are forked. The
 * load pauses after a warm-up and at the end. In each pause, memory and descriptors of the primary are measured.
 * The exit code is 0 if the number of descriptors is the same, and memory has grown by at most `TOLERANCE`.
 */

const childProcess = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { parseArgs } = require('node:util');
const v8 = require('node:v8');
const vm = require('node:vm');
const cluster = process.env.CLUSTER === 'builtin' ? require('node:cluster') : require('..');

const WORKERS = 4;
/** In ms. */
const WARM_UP = 20_000;
/** How often a line is printed, in ms. */
const REPORT_INTERVAL = 10_000;

/**
 * V8 keeps freed pages of its young generation for some time. In a pause, that can be 30 MiB more or less. With
 * this flag, the primary's young generation stays small.
 */
const FLAGS = ['--max-semi-space-size=1'];

/** How much the resident memory may grow, in bytes: allocators keep freed pages. */
const TOLERANCE = 8 * 1024 * 1024;

/** How many messages are sent together, and how often, in ms. */
const BURST = 20;
const BURST_INTERVAL = 10;

/** How often a worker is killed, disconnected, ended or blocked, in ms. */
const CHURN_INTERVAL = 500;

/** How long a worker may run after `disconnect()` until it is killed, in ms. */
const EXIT_TIMEOUT = 5000;

/**
 * The longest time until the descriptors no longer change in a pause, because connections end and workers start.
 * In ms.
 */
const REST = 30_000;

const MEGABYTE = 1024 * 1024;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const pick = (list) => list[Math.floor(Math.random() * list.length)];
const descriptors = () => fs.readdirSync('/proc/self/fd').length;

/** Forks the workers, and ends or blocks some of them. */
class Workers {
  /** The workers that listen. */
  #ready = new Set();
  #interval;
  deaths = 0;
  echoes = 0;

  constructor() {
    cluster.setupPrimary({ exec: path.join(__dirname, 'soak/worker.js'), execArgv: [] });
    cluster.on('message', (worker, { ports }) => {
      if (ports === undefined) {
        this.echoes++;
        return;
      }
      this.ports = ports;
      this.#ready.add(worker);
    });
    cluster.on('disconnect', (worker) => this.#ready.delete(worker));
    cluster.on('exit', (worker) => {
      this.#ready.delete(worker);
      this.deaths++;
      cluster.fork();
    });
    for (let i = 0; i < WORKERS; i++) cluster.fork();
  }

  async ready() {
    while (this.#ready.size < WORKERS) await sleep(10);
  }

  any() {
    return pick([...this.#ready]);
  }

  churn(isOn) {
    clearInterval(this.#interval);
    if (isOn) this.#interval = setInterval(() => this.#disturb(), CHURN_INTERVAL);
  }

  #disturb() {
    // One worker must always listen, because otherwise the ports would be closed.
    if (this.#ready.size < 2) return;
    const worker = this.any();
    const what = pick(['kill', 'disconnect', 'exit', 'block']);
    if (what !== 'block') this.#ready.delete(worker);
    if (what === 'kill') worker.process.kill('SIGKILL');
    else if (what === 'disconnect') {
      worker.disconnect();
      const timeout = setTimeout(() => worker.process.kill('SIGKILL'), EXIT_TIMEOUT);
      worker.once('exit', () => clearTimeout(timeout));
    } else worker.send(what, () => {});
  }
}

/** The primary's own load: messages, and sockets that it sends to workers. */
class Traffic {
  #workers;
  #interval;
  #server;
  sockets = 0;

  constructor(workers) {
    this.#workers = workers;
    this.#server = net.createServer({ pauseOnConnect: true }, (socket) => {
      this.sockets++;
      const worker = workers.any();
      if (worker === undefined) socket.destroy();
      else worker.send('a socket', socket, () => {});
    });
  }

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this.#server.address().port;
  }

  flow(isOn) {
    clearInterval(this.#interval);
    if (isOn) this.#interval = setInterval(() => this.#burst(), BURST_INTERVAL);
  }

  #burst() {
    const worker = this.#workers.any();
    for (let i = 0; i < BURST && worker?.isConnected(); i++)
      worker.send({ i, text: 'x'.repeat(i * 10) }, () => {});
  }
}

/** Memory and descriptors, when the number of descriptors no longer changes. */
async function measure() {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc');
  const end = Date.now() + REST;
  let last;
  // A connection that ends in another process ends a little later in this one.
  for (let same = 0; same < 20 && Date.now() < end; await sleep(50)) {
    gc();
    const now = descriptors();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed, external, descriptors: last };
}

const inWords = ({ rss, heapUsed, external, descriptors: count }) =>
  `${(rss / MEGABYTE).toFixed(1)} MiB resident, ${(heapUsed / MEGABYTE).toFixed(1)} heap, ` +
  `${(external / MEGABYTE).toFixed(1)} external, ${count} descriptors`;

async function main() {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } });
  const duration = Number(values.minutes) * 60_000;
  const workers = new Workers();
  const traffic = new Traffic(workers);
  await workers.ready();

  const ports = { ...workers.ports, sockets: await traffic.listen() };
  const clients = childProcess.fork(path.join(__dirname, 'soak/clients.js'), [JSON.stringify(ports)], {
    execArgv: [],
  });
  let counts = {};
  clients.on('message', (message) => (counts = message));

  const run = (isOn) => {
    workers.churn(isOn);
    traffic.flow(isOn);
    clients.send(isOn ? 'go' : 'rest');
  };
  /** Stops the load, waits until all workers listen, and measures. */
  const rest = async () => {
    counts.resting = false;
    run(false);
    while (!counts.resting) await once(clients, 'message');
    await workers.ready();
    const figures = await measure();
    console.log(`at rest: ${inWords(figures)}`);
    return figures;
  };

  run(true);
  await sleep(WARM_UP);
  const before = await rest();
  run(true);
  const start = Date.now();
  for (let remaining = duration; remaining > 0; remaining = start + duration - Date.now()) {
    await sleep(Math.min(REPORT_INTERVAL, remaining));
    const seconds = Math.round((Date.now() - start) / 1000);
    const { rss, heapUsed, external } = process.memoryUsage();
    const figures = inWords({ rss, heapUsed, external, descriptors: descriptors() });
    const { echoes, deaths } = workers;
    const done = { ...counts, echoes, sockets: traffic.sockets, deaths };
    console.log(`${seconds} s: ${figures}; ${JSON.stringify(done)}`);
  }
  const after = await rest();

  const growth = after.rss - before.rss;
  const isGood = growth <= TOLERANCE && after.descriptors === before.descriptors;
  console.log(
    `${isGood ? 'good' : 'NOT GOOD'}: ${(growth / MEGABYTE).toFixed(1)} MiB more (allowed: ${TOLERANCE / MEGABYTE}), ` +
      `descriptors ${before.descriptors} and ${after.descriptors}`,
  );
  clients.kill();
  for (const { process: subprocess } of Object.values(cluster.workers)) subprocess.kill('SIGKILL');
  process.exit(isGood ? 0 : 1);
}

if (FLAGS.every((flag) => process.execArgv.includes(flag))) main();
else {
  const args = [...FLAGS, ...process.argv.slice(1)];
  process.exitCode = childProcess.spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}

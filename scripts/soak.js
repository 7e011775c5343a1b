'use strict';

/**
 * Runs a cluster under mixed load, and checks that it does not leak memory or descriptors, and fails no request:
 *
 *   node scripts/soak.js --minutes 30 --reload-every 10 --churn-every 3
 *   CLUSTER=builtin node scripts/soak.js --minutes 5      the same with Node's own cluster, without reloads
 *
 * The load is connections, requests on connections that are kept alive, messages in both directions, and sockets
 * sent to workers. At the same time `supervisor.reload()` replaces all workers every 10 s (`--reload-every`, 0 means
 * never), and every half second (`--churn-every`) one is killed, disconnected, ended or blocked. The load pauses after a
 * warm-up and at the end. In each pause, memory and descriptors of the primary are measured.
 *
 * The exit code is 0 if
 *
 * - the number of descriptors is the same, and memory has grown by at most `TOLERANCE`;
 * - workers of the second half are larger than those of the first half by at most `TOLERANCE`;
 * - no request failed, except on connections of workers that were killed, disconnected or ended;
 * - reloads were made, and no worker had to be killed for one.
 */

const childProcess = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { parseArgs } = require('node:util');
const Failures = require('./soak/failures');
const { MEGABYTE, now, atRest, inWords } = require('./soak/memory');
const Traffic = require('./soak/traffic');
const Workers = require('./soak/workers');

/** In ms. */
const WARM_UP = 20_000;
/** How often a line is printed, in ms. */
const REPORT_INTERVAL = 10_000;
/** How often the memory of the workers is looked at, in ms. */
const LOOK_INTERVAL = 1000;

/**
 * V8 keeps freed pages of its young generation for some time. In a pause, that can be 30 MiB more or less. With
 * this flag, the primary's young generation stays small.
 */
const FLAGS = ['--max-semi-space-size=1'];

/** How much the resident memory may grow, in bytes: allocators keep freed pages. */
const TOLERANCE = 8 * MEGABYTE;

const isBuiltin = process.env.CLUSTER === 'builtin';

const mean = (numbers) => numbers.reduce((total, each) => total + each, 0) / numbers.length;

/** How much larger the largest worker was, on average, in the second half of the run, in bytes. */
function growthOf(samples) {
  const half = Math.floor(samples.length / 2);
  return half === 0 ? 0 : mean(samples.slice(half)) - mean(samples.slice(0, half));
}

function options() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      'reload-every': { type: 'string', default: '10' },
      'churn-every': { type: 'string', default: '0.5' },
    },
  });
  return {
    duration: Number(values.minutes) * 60_000,
    every: { reload: Number(values['reload-every']) * 1000, churn: Number(values['churn-every']) * 1000 },
  };
}

async function main() {
  const { duration, every } = options();
  const failures = new Failures();
  const workers = new Workers(failures);
  const traffic = new Traffic(workers);
  await workers.ready();

  const ports = { ...workers.ports, sockets: await traffic.listen() };
  const clients = childProcess.fork(path.join(__dirname, 'soak/clients.js'), [JSON.stringify(ports)], {
    execArgv: [],
  });
  let counts = {};
  clients.on('message', ({ failures: failed, ...message }) => {
    counts = message;
    for (const failure of failed) failures.add(failure);
  });

  const run = (isOn) => {
    workers.disturb(isOn, every);
    traffic.flow(isOn);
    clients.send(isOn ? 'go' : 'rest');
  };
  /** Stops the load, waits until all workers listen, and measures. */
  const rest = async () => {
    counts.resting = false;
    run(false);
    while (!counts.resting) await once(clients, 'message');
    await workers.ready();
    const figures = await atRest();
    console.log(`at rest: ${inWords(figures)}`);
    return figures;
  };

  run(true);
  await sleep(WARM_UP);
  const before = await rest();
  run(true);
  const samples = [];
  const looks = setInterval(() => samples.push(workers.memory()), LOOK_INTERVAL);
  const start = Date.now();
  for (let remaining = duration; remaining > 0; remaining = start + duration - Date.now()) {
    await sleep(Math.min(REPORT_INTERVAL, remaining));
    const { echoes, deaths, reloads, failedReloads } = workers;
    const unexplained = failures.unexplained.length;
    const done = { ...counts, echoes, sockets: traffic.sockets, deaths, reloads, failedReloads, unexplained };
    const largest = `largest worker ${(workers.memory() / MEGABYTE).toFixed(1)}`;
    console.log(
      `${Math.round((Date.now() - start) / 1000)} s: ${inWords(now())}, ${largest}; ${JSON.stringify(done)}`,
    );
  }
  clearInterval(looks);
  const after = await rest();

  const growth = after.rss - before.rss;
  const ofWorkers = growthOf(samples);
  const { reloads, killed } = workers;
  const { explained, unexplained } = failures;
  const checks = [
    [growth <= TOLERANCE, `the primary has ${(growth / MEGABYTE).toFixed(1)} MiB more`],
    [after.descriptors === before.descriptors, `descriptors ${before.descriptors} and ${after.descriptors}`],
    [ofWorkers <= TOLERANCE, `workers have ${(ofWorkers / MEGABYTE).toFixed(1)} MiB more`],
    // The builtin closes idle connections of a worker, and resets what is on its way.
    [isBuiltin || unexplained.length === 0, `${explained} failures explained, ${unexplained.length} not`],
    [isBuiltin || every.reload === 0 || duration < every.reload || reloads > 0, `${reloads} reloads`],
    [killed === 0, `${killed} workers killed by them`],
  ];
  const isGood = checks.every(([isTrue]) => isTrue);
  for (const failure of unexplained.slice(0, 10)) console.log(`unexplained: ${JSON.stringify(failure)}`);
  console.log(
    `${isGood ? 'good' : 'NOT GOOD'} (more memory than ${TOLERANCE / MEGABYTE} MiB is not): ` +
      checks.map(([isTrue, text]) => (isTrue ? text : `${text} (!)`)).join(', '),
  );
  clients.kill();
  workers.end();
  process.exit(isGood ? 0 : 1);
}

if (FLAGS.every((flag) => process.execArgv.includes(flag))) main();
else {
  const args = [...FLAGS, ...process.argv.slice(1)];
  process.exitCode = childProcess.spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}

'use strict';

/**
 * Has a real Prometheus scrape `/metrics` every two seconds, while all workers are replaced ten times and one of them is blocked
 * again and again. What Prometheus has counted then is compared with what the clients have counted.
 *
 * `node scripts/prometheus.js [--reloads N]`. The Debian package of Prometheus is installed if it is missing.
 */

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const cluster = require('..');
const { freePort } = require('./clients/contender');
const install = require('./clients/install');

/** How many requests are on their way at once. */
const CLIENTS = 8;

/** How long a worker is blocked, in ms. */
const BLOCKED = 1500;

const OURS = '{__name__=~"(rs_cluster|answers|seconds).*(_total|_bucket|_count)"}';

if (cluster.isWorker) serve();
else main();

/** A server that counts what it answers. `/block` blocks its event loop. */
function serve() {
  const { Counter, Histogram } = require('prom-client');
  const answers = new Counter({ name: 'answers_total', help: 'Answers.' });
  const seconds = new Histogram({ name: 'seconds', help: 'How long an answer took.' });
  const server = http.createServer((request, response) => {
    answers.inc();
    seconds.observe(0.01);
    response.end('answered', () => {
      if (request.url === '/block') for (const end = Date.now() + BLOCKED; Date.now() < end;);
    });
  });
  server.listen(Number(process.env.RS_PORT), '127.0.0.1');
}

/** One request over a connection of its own. @throws if it has no answer */
function request(port, url = '/') {
  return new Promise((resolve, reject) => {
    const asked = http.get({ port, host: '127.0.0.1', path: url, agent: false }, (response) => {
      response.resume().once('end', resolve);
    });
    asked.once('error', reject);
  });
}

/** Prometheus, which keeps its data in a folder that goes with it. */
function startPrometheus(port, target) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-prometheus-'));
  const file = path.join(folder, 'prometheus.yml');
  const job = `{ job_name: app, static_configs: [{ targets: ['127.0.0.1:${target}'] }] }`;
  fs.writeFileSync(file, `global: { scrape_interval: 2s, scrape_timeout: 2s }\nscrape_configs: [${job}]\n`);
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${folder}/data`];
  const subprocess = spawn('prometheus', [...args, `--web.listen-address=127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  subprocess.stderr.on('data', (text) => (said = `${said}${text}`.slice(-4096)));
  subprocess.once('exit', (code) => code > 0 && console.error(said));
  return async () => {
    subprocess.kill();
    await new Promise((resolve) => subprocess.once('exit', resolve));
    fs.rmSync(folder, { recursive: true });
  };
}

/** What Prometheus answers to an expression: labels and value. @returns {Promise<[object, number][]>} */
async function ask(port, query) {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data, error } = await response.json();
  if (error !== undefined) throw new Error(`${query}: ${error}`);
  return data.result.map(({ metric, value }) => [metric, Number(value[1])]);
}

/** The value of an expression that has one. */
async function value(port, query) {
  const [[, number] = [undefined, NaN]] = await ask(port, query);
  return number;
}

/** How often any counter has fallen. @returns {Promise<[isGood: boolean, found: string]>} */
async function noResets(port) {
  // Without its name, a series of one counter is like that of another one.
  const names = (await ask(port, `count by (__name__) (${OURS})`)).map(([{ __name__: name }]) => name);
  const resets = await Promise.all(names.map((name) => value(port, `sum(resets(${name}[1h]))`)));
  const fallen = names.filter((_, at) => resets[at] !== 0);
  return [names.length > 0 && fallen.length === 0, `${fallen.length} of ${names.length} ${fallen}`];
}

async function until(isSo) {
  for (let tries = 0; tries < 60; tries++) {
    if (await isSo().catch(() => false)) return;
    await sleep(500);
  }
  throw new Error(`in vain: ${isSo}`);
}

let failed = 0;

function check(what, isGood, found) {
  console.log(`${isGood ? 'ok    ' : 'FAILED'} ${what}: ${found}`);
  if (!isGood) failed++;
}

/** Reloads under load. @returns {Promise<{ answered: number, failures: string[] }>} what the clients have seen */
async function reloadUnderLoad(supervisor, port, reloads) {
  const seen = { answered: 0, failures: [] };
  let isOver = false;
  const send = (url) =>
    request(port, url).then(
      () => seen.answered++,
      (error) => seen.failures.push(error.code),
    );
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!isOver) {
      await send('/');
      await sleep(5);
    }
  });
  for (let round = 0; round < reloads; round++) {
    await send('/block');
    await supervisor.reload();
  }
  isOver = true;
  await Promise.all(clients);
  return seen;
}

async function main() {
  try {
    install({ prometheus: 'prometheus', promtool: 'prometheus' });
  } catch (error) {
    console.log(`left out: ${error.message}`);
    return;
  }
  const at = process.argv.indexOf('--reloads');
  const reloads = at === -1 ? 10 : Number(process.argv[at + 1]);
  const [port, admin, web] = [await freePort(), await freePort(), await freePort()];
  process.env.RS_PORT = `${port}`;
  const supervisor = cluster.supervise({
    workers: 3,
    admin: `127.0.0.1:${admin}`,
    registry: true,
    idleGrace: 200,
  });
  await supervisor.ready;
  const stopPrometheus = startPrometheus(web, admin);
  try {
    await until(async () => (await value(web, 'up')) === 1);
    const { answered, failures } = await reloadUnderLoad(supervisor, port, reloads);
    check('requests without an answer', failures.length === 0, `${failures.length} ${failures.slice(0, 3)}`);

    const claimed = 'sum(rs_cluster_worker_connections_claimed_total)';
    await until(async () => (await value(web, claimed)) === answered).catch(() => {});
    const is = async (what, query, wanted) => {
      const found = await value(web, query);
      check(what, found === wanted, `${found} of ${wanted}`);
    };
    await is('connections claimed, as Prometheus has it', claimed, answered);
    await is('connections accepted', 'rs_cluster_connections_accepted_total', answered);
    await is('waits counted', 'rs_cluster_queue_wait_seconds_count', answered);
    await is("the program's answers", 'answers_total', answered);
    await is("the program's histogram", 'seconds_count', answered);
    check('counters that have fallen', ...(await noResets(web)));
    await is('restarts', 'sum(rs_cluster_worker_restarts_total{reason="reload"})', 3 * reloads);
    await is('reloads', 'rs_cluster_reloads_total{result="success"}', reloads);
    await is('scrapes that failed', 'sum_over_time(up[1h]) - count_over_time(up[1h])', 0);
    // The first sample of each series is 0, so what was added since is all. increase() itself extrapolates.
    const first =
      'sum(rs_cluster_worker_connections_claimed_total - min_over_time(rs_cluster_worker_connections_claimed_total[1h]))';
    await is('increase since the first scrape', first, answered);
    const longest = await value(web, 'max_over_time(scrape_duration_seconds[1h])');
    const stale = await value(web, 'max_over_time(rs_cluster_metrics_stale_workers[1h])');
    console.log(`       the longest scrape took ${longest} s; up to ${stale} workers were stale`);

    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await supervisor.metrics(),
      encoding: 'utf8',
    });
    check('promtool check metrics', status === 0, `${stdout}${stderr}`.trim() || 'no remarks');
  } finally {
    await stopPrometheus();
    await supervisor.stop();
  }
  process.exitCode = failed === 0 ? 0 : 1;
}

'use strict';

const assert = require('node:assert');
const { BUILTIN, scenario, listening, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const { load } = require('../fixtures/load');
const printed = require('../fixtures/printed');

const WORKERS = 4;
const AT_ONCE = 64;

/** How often a worker is killed, in ms. */
const INTERVAL = 100;

/** After this a client gives up, in ms. Of the builtin, it never hears again if its worker dies. */
const CLIENT_TIMEOUT = BUILTIN ? 2000 : 20_000;

/**
 * Runs clients while now and then a worker dies, and another is forked.
 * @param {(worker) => void} kill
 */
async function underLoad(cluster, kill) {
  const journal = new Journal(temporaryPath('journal'));
  const { env } = journal;
  const { port, workers } = await listening(cluster, WORKERS, { env });
  const targets = new Set(workers);
  const killed = new Set();
  const again = () => cluster.fork(env);
  // The builtin's answer to a worker that died while it asked to listen comes back as an error.
  if (BUILTIN) cluster.on('fork', (worker) => worker.on('error', () => {}));
  cluster.on('listening', (worker) => targets.add(worker)).on('exit', again);
  const interval = setInterval(() => {
    // The port is closed when nobody listens any more.
    if (targets.size < 2) return;
    const target = [...targets][Math.floor(Math.random() * targets.size)];
    targets.delete(target);
    killed.add(target.id);
    kill(target);
  }, INTERVAL);

  const result = await load(port, { atOnce: AT_ONCE, timeout: CLIENT_TIMEOUT });
  clearInterval(interval);
  cluster.off('exit', again);
  for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');

  const { seen, unseen } = journal.explain(result);
  console.log(`${killed.size} workers killed; ${result}; had come to a killed worker: ${seen.length}`);
  assert.ok(killed.size > 0);
  assert.ok(seen.every((worker) => killed.has(worker)));
  return { killed: killed.size, unseen };
}

function worker(cluster) {
  serve(cluster);
  process.on('message', () => process.kill(process.pid, 'SIGKILL'));
}

scenario('workers that are killed at any moment take with them only what they had claimed', {
  timeout: 30_000,
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '' },
  async primary(cluster) {
    const { killed, unseen } = await underLoad(cluster, (worker) => worker.process.kill('SIGKILL'));
    // Between the claim and the journal there is one connection at most, because a worker
    // claims one when its server takes it.
    if (!BUILTIN) assert.ok(unseen <= killed, `${unseen} had come to nobody`);
  },
  worker,
  check: printed,
});

scenario('workers that die between two connections lose none that they had not seen', {
  timeout: 30_000,
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '' },
  async primary(cluster) {
    const { unseen } = await underLoad(cluster, (worker) => worker.send('die'));
    if (!BUILTIN) assert.strictEqual(unseen, 0);
  },
  worker,
  check: printed,
});

'use strict';

const assert = require('node:assert');
const { BUILTIN, scenario, listening, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const { load } = require('../fixtures/load');
const printed = require('../fixtures/printed');

const WORKERS = 4;

/** Each worker is blocked for this time, and then runs for the same time, in ms. */
const SHORT = 100;

/** Longer than a busy machine makes a client wait. */
const LONG = 2000;

function worker(cluster) {
  serve(cluster);
  const cell = new Int32Array(new SharedArrayBuffer(4));
  process.on('message', (blocked) => {
    const period = 2 * blocked;
    const stand = () => {
      const start = performance.now();
      Atomics.wait(cell, 0, 0, blocked);
      setTimeout(stand, period - (performance.now() - start));
    };
    // Two of four are free at any time.
    setTimeout(stand, ((cluster.worker.id - 1) * period) / WORKERS);
  });
}

/** Clients whose workers are blocked half of the time. */
async function whileBlocked(cluster, blocked, clients) {
  const journal = new Journal(temporaryPath('journal'));
  const { port, workers } = await listening(cluster, WORKERS, { env: journal.env });
  for (const each of workers) each.send(blocked);
  const result = await load(port, clients);
  console.log(`blocked for ${blocked} of ${2 * blocked} ms: ${result}`);
  assert.deepStrictEqual(result.failed, []);
  assert.deepStrictEqual(journal.explain(result), { seen: [], unseen: 0 });
  for (const each of workers) each.process.kill('SIGKILL');
  return result;
}

scenario('workers that are blocked half of the time lose no connection', {
  timeout: 30_000,
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '' },
  async primary(cluster) {
    await whileBlocked(cluster, SHORT, { count: 2000, rate: 800 });
  },
  worker,
  check: printed,
});

scenario('connections do not wait for a blocked worker while another is free', {
  timeout: 30_000,
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '' },
  async primary(cluster) {
    const result = await whileBlocked(cluster, LONG, { count: 2400, rate: 400 });
    // In the builtin, some clients do.
    if (!BUILTIN) assert.ok(result.quantile(1) < LONG);
  },
  worker,
  check: printed,
});

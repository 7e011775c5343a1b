'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const { BUILTIN, scenario, listening, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const { load } = require('../fixtures/load');
const printed = require('../fixtures/printed');

const WORKERS = 4;

/** Connections a second; few enough for two free workers. */
const RATE = 800;
const COUNT = 2000;

/** Each worker's loop stands still for the first of these times in every second one, in ms. */
const BLOCKED = 100;
const PERIOD = 200;

function worker(cluster) {
  serve(cluster);
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const stand = () => {
    const start = performance.now();
    Atomics.wait(cell, 0, 0, BLOCKED);
    // Two of four are free at any time.
    setTimeout(stand, PERIOD - (performance.now() - start));
  };
  process.on('message', () => setTimeout(stand, ((cluster.worker.id - 1) * PERIOD) / WORKERS));
}

scenario('connections do not wait for workers that are blocked half of the time', {
  timeout: 30_000,
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '' },
  async primary(cluster) {
    const journal = new Journal(temporaryPath('journal'));
    const { port, workers } = await listening(cluster, WORKERS, { env: journal.env });
    const calm = await load(port, { count: COUNT / 4, rate: RATE });
    assert.deepStrictEqual(calm.failed, []);
    fs.truncateSync(journal.file);
    for (const worker of workers) worker.send('block');

    const result = await load(port, { count: COUNT, rate: RATE });
    console.log(`nobody blocked: ${calm}`);
    console.log(`workers blocked: ${result}`);
    assert.deepStrictEqual(result.failed, []);
    assert.deepStrictEqual(journal.explain(result), { seen: [], unseen: 0 });
    // What a busy machine adds, it adds to both.
    if (!BUILTIN) assert.ok(result.quantile(0.99) < BLOCKED + calm.quantile(0.99));
    for (const worker of workers) worker.process.kill('SIGKILL');
  },
  worker,
  check: printed,
});

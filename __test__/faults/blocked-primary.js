'use strict';

const assert = require('node:assert');
const { BUILTIN, scenario, listening, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const { load } = require('../fixtures/load');
const printed = require('../fixtures/printed');

const WORKERS = 4;
const RATE = 800;
const COUNT = 2000;

/** The primary's loop stands still for the first of these times in every second one, in ms. */
const BLOCKED = 200;
const PERIOD = 250;

scenario('connections do not wait for a primary that is blocked most of the time', {
  timeout: 30_000,
  async primary(cluster) {
    const journal = new Journal(temporaryPath('journal'));
    const { port, workers } = await listening(cluster, WORKERS, { env: journal.env });
    const clients = load(port, { count: COUNT, rate: RATE });
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const interval = setInterval(() => Atomics.wait(cell, 0, 0, BLOCKED), PERIOD);
    const result = await clients;
    clearInterval(interval);
    console.log(`${result}`);
    assert.deepStrictEqual(result.failed, []);
    assert.deepStrictEqual(journal.explain(result), { seen: [], unseen: 0 });
    // In the builtin the median waits, if not for a whole block.
    if (!BUILTIN) assert.ok(result.quantile(0.99) < BLOCKED);
    for (const worker of workers) worker.process.kill('SIGKILL');
  },
  worker: serve,
  check: printed,
});

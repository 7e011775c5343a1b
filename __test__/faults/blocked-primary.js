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
    const claimed = () => {
      const figures = Object.values(cluster.stats?.().workers ?? {});
      return figures.reduce((sum, figure) => sum + figure.claimed, 0);
    };
    let meanwhile = 0;
    const interval = setInterval(() => {
      const before = claimed();
      Atomics.wait(cell, 0, 0, BLOCKED);
      meanwhile += claimed() - before;
    }, PERIOD);
    const result = await clients;
    clearInterval(interval);
    console.log(`${meanwhile} of them while the primary was blocked; ${result}`);
    assert.deepStrictEqual(result.failed, []);
    assert.deepStrictEqual(journal.explain(result), { seen: [], unseen: 0 });
    // Of the builtin's there are none.
    if (!BUILTIN) assert.ok(meanwhile > COUNT / 2, `only ${meanwhile} came through`);
    for (const worker of workers) worker.process.kill('SIGKILL');
  },
  worker: serve,
  check: printed,
});

'use strict';

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { BUILTIN, scenario, listening, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const { load } = require('../fixtures/load');
const printed = require('../fixtures/printed');

const CLIENTS = 200;
const CLIENT = path.join(__dirname, '../fixtures/clients.js');

/** Blocks this process's JavaScript for a second, and then until `done()` or the limit. */
function block(done) {
  const start = Date.now();
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const limit = BUILTIN ? 2000 : 30_000;
  do Atomics.wait(cell, 0, 0, 20);
  while (Date.now() - start < 1000 || (!done() && Date.now() - start < limit));
}

scenario('connections are answered while the JavaScript of the primary is blocked', {
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 4);
    const answers = temporaryPath('answers');
    const clients = spawn(process.execPath, [CLIENT, port, CLIENTS], {
      stdio: ['ignore', fs.openSync(answers, 'w'), 'inherit'],
    });
    const count = () => fs.readFileSync(answers, 'utf8').split('\n').length - 1;
    block(() => count() === CLIENTS);
    clients.kill();
    if (BUILTIN) {
      // In the builtin, connections wait for the primary.
      assert.ok(count() < CLIENTS / 2, `${count()} were answered`);
      // What it accepts while its last workers leave stays open for ever, and keeps its process alive.
      for (const worker of workers) worker.process.kill('SIGKILL');
      process.exit(0);
    }
    assert.strictEqual(count(), CLIENTS);
    for (const worker of workers) worker.kill();
  },
  worker: () => net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1'),
});

const WORKERS = 4;
const RATE = 800;
const COUNT = 2000;

/** The primary is blocked for BLOCKED of every PERIOD, in ms. */
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
    // The builtin has no figures.
    if (!BUILTIN) assert.ok(meanwhile > COUNT / 2, `only ${meanwhile} came through`);
    for (const worker of workers) worker.process.kill('SIGKILL');
  },
  worker: serve,
  check: printed,
});

'use strict';

// If every loop takes long for a turn, a connection that is revoked and offered to another worker comes
// there when that turn has just begun, and waits as long again. So it stays with its worker.

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { BUILTIN, scenario, listening } = require('../harness');

const WORKERS = 5;

/** How long a turn of each worker's loop takes, in ms: much longer than `claimTimeout`. */
const TURN = 200;

/** Some turns: one to be answered in, and some for a worker that stops to be found out. */
const LONG = 8 * TURN;

const COUNT = 10;

function worker() {
  net.createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  process.once('message', () => {
    process.send('begun');
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const turn = () => {
      Atomics.wait(cell, 0, 0, TURN * (0.8 + 0.4 * Math.random()));
      setImmediate(turn);
    };
    setImmediate(turn);
  });
}

/** All workers of a new cluster are slow from here on. */
async function slow(cluster) {
  const { port, workers } = await listening(cluster, WORKERS);
  for (const worker of workers) {
    worker.send('begin');
    await once(worker, 'message');
  }
  return { port, workers };
}

/** Each of some connections is answered soon, as soon goes here. */
async function connect(port) {
  for (let i = 0; i < COUNT; i++) {
    const start = performance.now();
    const socket = net.connect(port, '127.0.0.1').resume();
    await once(socket, 'end');
    const time = performance.now() - start;
    assert.ok(time < LONG, `after ${time} ms`);
    socket.destroy();
  }
}

scenario('a connection is not passed on for ever among workers that are all slow', {
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '' },
  async primary(cluster) {
    const { port, workers } = await slow(cluster);
    await connect(port);
    if (!BUILTIN) {
      const figures = Object.values(cluster.stats().workers);
      const passed = figures.reduce((sum, { redispatched }) => sum + redispatched, 0);
      // Each worker is found out once; one that is asked at the end of its turn seems quick.
      assert.ok(passed < 3 * WORKERS, `passed on ${passed} times`);
    }
    for (const worker of workers) worker.process.kill('SIGKILL');
  },
  worker,
});

scenario('if all workers are slow, no connection stays with one that is blocked', {
  skipBuiltin: 'they wait until it runs again',
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '' },
  async primary(cluster) {
    const { port, workers } = await slow(cluster);
    // All are found out to be slow, and then one does not turn at all.
    await connect(port);
    workers[0].process.kill('SIGSTOP');
    await connect(port);
    for (const worker of workers) worker.process.kill('SIGKILL');
  },
  worker,
});

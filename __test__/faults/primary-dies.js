'use strict';

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, settled } = require('../harness');

scenario('no worker survives a primary that is killed', {
  async primary(cluster) {
    await listening(cluster, 4);
    process.kill(process.pid, 'SIGKILL');
  },
  worker: () => net.createServer().listen(0, '127.0.0.1'),
  // The harness looks for processes that were left behind.
  check: ({ code, signal }) => assert.deepStrictEqual([code, signal], [null, 'SIGKILL']),
});

scenario('no worker survives a primary that throws', {
  async primary(cluster) {
    await listening(cluster, 2);
    process.nextTick(() => {
      throw new Error('expected');
    });
    await new Promise(() => {});
  },
  worker: () => net.createServer().listen(0, '127.0.0.1'),
  check: ({ code, stderr }) => {
    assert.strictEqual(code, 1);
    assert.match(stderr, /expected/);
  },
});

const CLIENTS = 32;

/** How long a worker is blocked beyond the death of its primary, in ms. */
const BLOCKED = 1000;

/** Whether the port is free. A process of its own tries, because `check` is synchronous. */
function isFree(port) {
  const listen = `require('node:net').createServer().listen(${port}, '127.0.0.1', process.exit)`;
  return spawnSync(process.execPath, ['-e', listen]).status === 0;
}

/** Connects again and again, as long as this process runs, and says of each answer. */
function client(port, onanswer) {
  net
    .connect(port, '127.0.0.1')
    .on('end', onanswer)
    .on('end', () => client(port, onanswer))
    .resume();
}

scenario('a primary that is killed under load leaves no worker, not even a blocked one, and frees the port', {
  timeout: 30_000,
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 4);
    let answers = 0;
    for (let i = 0; i < CLIENTS; i++) client(port, () => answers++);
    assert.ok(await settled(() => answers > 10 * CLIENTS));
    workers[0].send('block');
    await once(workers[0], 'message');
    process.stdout.write(`${port}`, () => process.kill(process.pid, 'SIGKILL'));
    await new Promise(() => {});
  },
  worker() {
    net.createServer((socket) => socket.on('error', () => {}).end('hello')).listen(0, '127.0.0.1');
    process.once('message', () => {
      process.send('blocked', () => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKED);
      });
    });
  },
  // The harness looks for processes that were left behind.
  check({ code, signal, stdout }) {
    assert.deepStrictEqual([code, signal], [null, 'SIGKILL']);
    assert.ok(isFree(Number(stdout)), `port ${stdout} is in use`);
  },
});

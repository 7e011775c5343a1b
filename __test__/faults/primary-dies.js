'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { scenario, listening } = require('../harness');

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

'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { setTimeout: delay } = require('node:timers/promises');
const { scenario, listening, exited, read } = require('../harness');

scenario('a server that listens keeps its worker alive by itself', {
  async primary(cluster) {
    const { workers, port } = await listening(cluster);
    const [worker] = workers;
    const end = exited(worker);
    assert.strictEqual(await Promise.race([end, delay(500, 'alive')]), 'alive');
    assert.strictEqual(await read(port), 'still here');
    worker.kill();
    assert.deepStrictEqual(await end, [null, 'SIGTERM']);
  },
  worker() {
    net
      .createServer((socket) => socket.end('still here'))
      .listen(0, '127.0.0.1', () => process.channel.unref());
  },
});

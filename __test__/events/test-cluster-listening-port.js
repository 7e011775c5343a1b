'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { scenario, listening, exited, read } = require('../harness');

scenario("'listening' tells the real port of listen(0)", {
  async primary(cluster) {
    const { address, workers } = await listening(cluster);
    assert.ok(Number.isInteger(address.port) && address.port > 0, `a port of ${address.port}`);
    assert.strictEqual(await read(address.port), 'found');
    workers[0].disconnect();
    assert.deepStrictEqual(await exited(workers[0]), [0, null]);
  },
  worker() {
    net.createServer((socket) => socket.end('found')).listen(0);
  },
});

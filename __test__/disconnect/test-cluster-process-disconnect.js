'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { scenario, exited } = require('../harness');

scenario('process.disconnect() ends a worker whose server listens', {
  async primary(cluster) {
    const worker = cluster.fork();
    const seen = [];
    worker.on('message', (message) => seen.push(message));
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.deepStrictEqual(seen, ['listening']);
    assert.strictEqual(worker.exitedAfterDisconnect, false);
  },
  worker() {
    const server = net.createServer().listen(0, () => {
      process.send('listening');
      process.disconnect();
    });
    server.on('close', () => process.exit(5));
  },
});

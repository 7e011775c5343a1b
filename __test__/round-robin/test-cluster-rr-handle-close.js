'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { scenario, exited } = require('../harness');

scenario('a closed server holds the worker no more', {
  async primary(cluster) {
    assert.deepStrictEqual(await exited(cluster.fork()), [7, null]);
  },
  worker() {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      process.channel.unref();
      server.close(() => (process.exitCode = 7));
    });
  },
});

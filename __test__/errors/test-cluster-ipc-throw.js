'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { text } = require('node:stream/consumers');
const { scenario, exited } = require('../harness');

scenario("what a server's 'error' listener throws is uncaught once, and the worker can still leave", {
  async primary(cluster) {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    cluster.setupPrimary({ silent: true });
    const worker = cluster.fork({ PORT: server.address().port });
    const output = text(worker.process.stdout);
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.strictEqual(await output, 'uncaught: thrown for EADDRINUSE\n');
    assert.strictEqual(worker.exitedAfterDisconnect, true);
    server.close();
  },
  worker(cluster) {
    process.on('uncaughtException', (error) => {
      console.log(`uncaught: ${error.message}`);
      cluster.worker.disconnect();
    });
    const server = net.createServer().listen(process.env.PORT, '127.0.0.1');
    server.on('error', ({ code }) => {
      throw new Error(`thrown for ${code}`);
    });
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

scenario('listen() without a port', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const [{ port, count }] = await once(worker, 'message');
    assert.ok(Number.isInteger(port) && port > 0);
    assert.strictEqual(count, 0);
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker() {
    const server = net.createServer().listen((...args) => {
      process.send({ port: server.address().port, count: args.length });
      process.exit(...args);
    });
  },
});

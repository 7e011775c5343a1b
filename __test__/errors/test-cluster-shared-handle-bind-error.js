'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

scenario("under SCHED_NONE a port of the primary's own gives the worker EADDRINUSE", {
  async primary(cluster) {
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.on('listening', () => assert.fail('the port was bound twice'));
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const worker = cluster.fork({ PORT: server.address().port });
    const [code] = await once(worker, 'message');
    assert.strictEqual(code, 'EADDRINUSE');
    assert.deepStrictEqual(await exited(worker), [0, null]);
    server.close();
  },
  worker(cluster) {
    // A string, as an environment has it.
    const server = net.createServer().listen(process.env.PORT, '127.0.0.1');
    server.on('error', ({ code }) => process.send(code, () => cluster.worker.disconnect()));
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { NODE, scenario, exited } = require('../harness');

scenario('servers with reusePort do not ask the primary', {
  skip: NODE < 22 && 'there is no reusePort',
  async primary(cluster) {
    cluster.on('listening', () => assert.fail('the primary was asked'));
    const worker = cluster.fork();
    const end = exited(worker);
    const [[first, second]] = await once(worker, 'message');
    assert.ok(first > 0);
    assert.strictEqual(second, first);
    assert.deepStrictEqual(await end, [0, null]);
  },
  async worker(cluster) {
    cluster._getServer = () => assert.fail('the primary is asked');
    const listen = async (port) => {
      const server = net.createServer().listen({ port, host: '127.0.0.1', reusePort: true });
      await once(server, 'listening');
      return server;
    };
    const first = await listen(0);
    const second = await listen(first.address().port);
    process.send([first.address().port, second.address().port]);
    for (const server of [first, second]) server.close();
    cluster.worker.disconnect();
  },
});

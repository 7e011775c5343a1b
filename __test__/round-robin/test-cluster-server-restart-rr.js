'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, exited } = require('../harness');

scenario('a second worker can listen and close twice beside the first', {
  async primary(cluster) {
    const { workers, port } = await listening(cluster);
    const [first] = workers;
    const second = cluster.fork();
    const end = exited(second);
    const [ports] = await once(second, 'message');
    assert.deepStrictEqual(ports, [port, port]);
    assert.deepStrictEqual(await end, [0, null]);
    first.disconnect();
    assert.deepStrictEqual(await exited(first), [0, null]);
  },
  async worker(cluster) {
    const server = net.createServer().listen(0, '127.0.0.1');
    if (cluster.worker.id === 1) return;
    assert.strictEqual(cluster.worker.id, 2);
    const ports = [];
    for (let round = 0; round < 2; round++) {
      if (round > 0) server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      ports.push(server.address().port);
      server.close();
      await once(server, 'close');
    }
    process.send(ports, () => process.disconnect());
  },
});

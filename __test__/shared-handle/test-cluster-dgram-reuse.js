'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('two sockets of one worker bind a port with reuseAddr', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const [[first, second]] = await once(worker, 'message');
    assert.ok(first > 0);
    assert.strictEqual(second, first);
    assert.deepStrictEqual(await end, [0, null]);
  },
  async worker(cluster) {
    const first = dgram.createSocket({ type: 'udp4', reuseAddr: true }).bind(0);
    await once(first, 'listening');
    const second = dgram.createSocket({ type: 'udp4', reuseAddr: true }).bind(first.address().port);
    await once(second, 'listening');
    const ports = [first.address().port, second.address().port];
    for (const socket of [first, second]) {
      socket.close();
      await once(socket, 'close');
    }
    process.send(ports);
    cluster.worker.disconnect();
  },
});

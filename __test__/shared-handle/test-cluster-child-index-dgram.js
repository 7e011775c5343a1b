'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('closing a socket on port 0 breaks no other', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const [ports] = await once(worker, 'message');
    assert.strictEqual(ports.length, 4);
    for (const port of ports) assert.ok(port > 0);
    assert.deepStrictEqual(await end, [0, null]);
  },
  async worker(cluster) {
    const ports = [];
    const bind = async () => {
      const socket = dgram.createSocket('udp4');
      socket.bind(0, () => {
        ports.push(socket.address().port);
        process.nextTick(() => socket.close());
      });
      await once(socket, 'close');
    };
    const bindTwice = () => bind().then(bind);
    await Promise.all([bindTwice(), bindTwice()]);
    process.send(ports);
    cluster.worker.disconnect();
  },
});

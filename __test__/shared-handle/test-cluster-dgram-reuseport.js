'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { NODE, scenario, exited } = require('../harness');

scenario('sockets with reusePort do not ask the primary', {
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
    const bind = async (port) => {
      const socket = dgram.createSocket({ type: 'udp4', reusePort: true }).bind(port);
      await once(socket, 'listening');
      return socket;
    };
    const first = await bind(0);
    const second = await bind(first.address().port);
    process.send([first.address().port, second.address().port]);
    for (const socket of [first, second]) socket.close();
    cluster.worker.disconnect();
  },
});

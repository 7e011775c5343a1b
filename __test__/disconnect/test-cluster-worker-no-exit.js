'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { setTimeout } = require('node:timers/promises');
const { scenario, exited } = require('../harness');

scenario('a disconnected worker lives as long as its outgoing connection', {
  async primary(cluster) {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const worker = cluster.fork({ PORT: server.address().port });
    const end = exited(worker);
    const [socket] = await once(server, 'connection');
    worker.disconnect();
    await once(worker, 'disconnect');
    await setTimeout(500);
    assert.strictEqual(worker.isDead(), false);

    socket.end('bye');
    assert.deepStrictEqual(await end, [42, null]);
    server.close();
  },
  worker() {
    const socket = net.connect(process.env.PORT, '127.0.0.1');
    socket.setEncoding('utf8').on('data', (text) => {
      if (text === 'bye') process.exitCode = 42;
    });
  },
});

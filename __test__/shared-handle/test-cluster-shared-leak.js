'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, exited } = require('../harness');

scenario('workers that leave while a client connects leave no socket behind', {
  async primary(cluster) {
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    const { workers, port } = await listening(cluster);
    const [first] = workers;
    const second = cluster.fork();
    await once(second, 'online');
    const ends = [first, second].map(exited);
    const client = net
      .connect(port, '127.0.0.1')
      .on('error', () => {})
      .resume();
    await once(client, 'connect');
    first.disconnect();
    second.disconnect();
    for (const end of ends) assert.deepStrictEqual(await end, [0, null]);
    client.destroy();
    assert.deepStrictEqual(cluster.workers, {});

    const server = net.createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  },
  worker() {
    net.createServer((socket) => socket.end('bye')).listen(0, '127.0.0.1');
  },
});

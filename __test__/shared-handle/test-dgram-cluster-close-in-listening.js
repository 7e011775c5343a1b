'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario("three workers close a socket in its 'listening' listener", {
  async primary(cluster) {
    const workers = Array.from({ length: 3 }, () => cluster.fork());
    const ends = workers.map(exited);
    const messages = await Promise.all(workers.map((worker) => once(worker, 'message')));
    for (const [message] of messages) assert.strictEqual(message, 'closed');
    for (const end of ends) assert.deepStrictEqual(await end, [0, null]);
  },
  worker(cluster) {
    const socket = dgram.createSocket('udp4');
    socket.on('error', (error) => assert.fail(error));
    socket.on('close', () => process.send('closed'));
    socket.on('listening', () => {
      socket.close();
      cluster.worker.disconnect();
    });
    socket.bind(0);
  },
});

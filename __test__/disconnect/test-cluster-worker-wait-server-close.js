'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { setTimeout } = require('node:timers/promises');
const { scenario, listening, exited } = require('../harness');

scenario("worker.disconnect() waits for the connections of the worker's servers", {
  async primary(cluster) {
    const {
      workers: [worker],
      port,
    } = await listening(cluster);
    const end = exited(worker);
    const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
    await once(socket, 'data');
    worker.disconnect();
    await setTimeout(300);
    assert.strictEqual(worker.isConnected(), true);
    assert.strictEqual(worker.isDead(), false);

    socket.end();
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker(cluster) {
    const events = [];
    const server = net.createServer((socket) => socket.write('hello')).listen(0, '127.0.0.1');
    server.on('close', () => events.push('close'));
    cluster.worker.on('disconnect', () => events.push('disconnect'));
    process.on('exit', () => assert.deepStrictEqual(events, ['close', 'disconnect']));
  },
});

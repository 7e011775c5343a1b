'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

const WORKERS = 4;
const EACH = 10;

scenario('four workers send from a socket that they share', {
  async primary(cluster) {
    const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const workers = [];
    for (let i = 0; i < WORKERS; i++) {
      const worker = cluster.fork();
      assert.strictEqual(worker.send(socket.address().port), true);
      workers.push(worker);
    }

    const sources = new Set();
    const counts = {};
    for (let i = 0; i < WORKERS * EACH; i++) {
      const [id, { port }] = await once(socket, 'message');
      sources.add(port);
      counts[id] = (counts[id] ?? 0) + 1;
    }
    assert.strictEqual(sources.size, 1);
    assert.deepStrictEqual(counts, { 1: EACH, 2: EACH, 3: EACH, 4: EACH });

    const ends = workers.map(exited);
    cluster.disconnect();
    for (const end of ends) assert.deepStrictEqual(await end, [7, null]);
    socket.close();
  },
  worker(cluster) {
    cluster.worker.on('disconnect', () => (process.exitCode = 7));
    process.once('message', (port) => {
      const socket = dgram.createSocket('udp4');
      socket.bind(0, '127.0.0.1', () => {
        for (let i = 0; i < EACH; i++) socket.send(`${cluster.worker.id}`, port, '127.0.0.1');
      });
    });
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, settled, exited } = require('../harness');

scenario('stats() counts what was accepted, offered, claimed, and is open', {
  skipBuiltin: 'it has no such function',
  async primary(cluster) {
    assert.deepStrictEqual(cluster.stats(), { accepted: 0, waiting: 0, workers: {} });
    assert.ok(!Object.hasOwn(cluster, 'stats'), "own members are Node's");
    const { port, workers } = await listening(cluster, 2);
    const sockets = [];
    for (let i = 0; i < 4; i++) {
      const socket = net.connect(port, '127.0.0.1');
      sockets.push(socket);
      await once(socket, 'data');
    }
    const two = { accepted: 2, claimed: 2, refused: 0, revoked: 0, redispatched: 0, waiting: 0, open: 2 };
    assert.deepStrictEqual(cluster.stats(), { accepted: 4, waiting: 0, workers: { 1: two, 2: two } });

    for (const socket of sockets) socket.end();
    const open = () => Object.values(cluster.stats().workers).map((worker) => worker.open);
    assert.ok(await settled(() => open().every((count) => count === 0)));
    cluster.disconnect();
    await Promise.all(workers.map(exited));
    assert.ok(await settled(() => Object.keys(cluster.stats().workers).length === 0));
    assert.strictEqual(cluster.stats().accepted, 4);
  },
  worker: () => net.createServer((socket) => socket.write('hello')).listen(0, '127.0.0.1'),
});

scenario('stats() counts what a full server refused, and who was given it then', {
  skipBuiltin: 'it has no such function',
  async primary(cluster) {
    const { port } = await listening(cluster, 2);
    const sockets = [];
    for (let i = 0; i < 4; i++) {
      const socket = net.connect(port, '127.0.0.1');
      sockets.push(socket);
      await once(socket, 'data');
    }
    const { 1: full, 2: other } = cluster.stats().workers;
    assert.deepStrictEqual([full.open, other.open], [1, 3]);
    assert.ok(full.refused >= 1);
    assert.strictEqual(other.redispatched, full.refused);
    for (const socket of sockets) socket.destroy();
    cluster.disconnect();
  },
  worker(cluster) {
    const server = net.createServer((socket) => socket.write('hello')).listen(0, '127.0.0.1');
    if (cluster.worker.id === 1) server.maxConnections = 1;
  },
});

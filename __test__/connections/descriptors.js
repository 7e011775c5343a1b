'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, read, descriptors, settled } = require('../harness');

scenario('a thousand connections leave no descriptor behind, in the primary or in a worker', {
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    const all = () => [process.pid, ...workers.map(({ process: { pid } }) => pid)].map(descriptors);
    await Promise.all([read(port), read(port), read(port), read(port)]);
    await settled(() => new Set(all()).size > 0);
    const before = all();
    for (let i = 0; i < 50; i++) await Promise.all(Array.from({ length: 20 }, () => read(port)));
    const same = () => all().every((count, i) => count <= before[i]);
    assert.ok(await settled(same), `before: ${before}, after: ${all()}`);
    workers.forEach((worker) => worker.kill());
  },
  worker: () => net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1'),
});

scenario('clients that hang up before they are served leave nothing behind', {
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 1);
    const [{ process: worker }] = workers;
    await read(port);
    const before = [descriptors(), descriptors(worker.pid)];
    worker.kill('SIGSTOP');
    for (let i = 0; i < 20; i++) {
      const socket = net.connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.resetAndDestroy?.() ?? socket.destroy();
    }
    worker.kill('SIGCONT');
    assert.strictEqual(await read(port), 'hello');
    const same = () => descriptors() <= before[0] && descriptors(worker.pid) <= before[1];
    assert.ok(await settled(same), `before: ${before}, after: ${[descriptors(), descriptors(worker.pid)]}`);
    worker.kill();
  },
  worker: () =>
    net.createServer((socket) => socket.on('error', () => {}).end('hello')).listen(0, '127.0.0.1'),
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, exited, read } = require('../harness');

const serve = (cluster) =>
  net.createServer((socket) => socket.end(`${cluster.worker.id}`)).listen(process.env.PORT, '127.0.0.1');

scenario("a reload starts from 'listening' and ends with the old worker's exit", {
  async primary(cluster) {
    const env = { PORT: 0 };
    const { workers, port } = await listening(cluster, 2, { env });
    for (const old of workers) {
      const fresh = cluster.fork(env);
      const steps = [];
      fresh.once('online', () => steps.push('online'));
      const [address] = await once(fresh, 'listening');
      assert.deepStrictEqual(steps, ['online']);
      assert.strictEqual(address.port, port);
      const end = exited(old);
      old.disconnect();
      assert.deepStrictEqual(await end, [0, null]);
      assert.match(await read(port), /^[1-4]$/);
    }
    assert.deepStrictEqual(Object.keys(cluster.workers), ['3', '4']);
    const ids = new Set();
    for (let i = 0; i < 10; i++) ids.add(await read(port));
    assert.deepStrictEqual([...ids].sort(), ['3', '4']);
    cluster.disconnect();
  },
  worker: serve,
});

scenario("a worker is replaced at its 'disconnect', while it still lives", {
  async primary(cluster) {
    const {
      workers: [old],
      port,
    } = await listening(cluster, 1, { env: { PORT: 0, STAY: 'yes' } });
    const end = exited(old);
    cluster.once('disconnect', () => cluster.fork({ PORT: port, STAY: '' }));
    old.disconnect();
    const [fresh] = await once(cluster, 'listening');
    assert.strictEqual(fresh.id, 2);
    assert.strictEqual(old.isDead(), false);
    assert.strictEqual(await read(port), '2');
    old.process.kill();
    assert.deepStrictEqual(await end, [null, 'SIGTERM']);
    const last = exited(fresh);
    fresh.disconnect();
    assert.deepStrictEqual(await last, [0, null]);
  },
  worker(cluster) {
    serve(cluster);
    if (process.env.STAY) setInterval(() => {}, 1000);
  },
});

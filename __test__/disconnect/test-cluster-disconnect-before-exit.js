'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('cluster.disconnect() does not wait for a worker that it had disconnected before', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    await once(worker, 'message');
    worker.disconnect();
    await once(worker, 'disconnect');

    await new Promise((resolve) => cluster.disconnect(resolve));
    assert.strictEqual(worker.isDead(), false);
    worker.process.kill();
    assert.deepStrictEqual(await end, [null, 'SIGTERM']);
  },
  worker() {
    setInterval(() => {}, 1000);
    process.send('ready');
  },
});

scenario('cluster.disconnect() passes over a worker that has lost its channel and still lives', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    worker.on('error', (error) => assert.fail(error));
    await once(worker, 'message');
    worker.process.disconnect();
    await once(worker, 'disconnect');

    assert.strictEqual(cluster.workers[worker.id], worker);
    await new Promise((resolve) => cluster.disconnect(resolve));
    assert.deepStrictEqual(Object.keys(cluster.workers), []);
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker() {
    setInterval(() => {}, 1000);
    process.send('ready');
  },
});

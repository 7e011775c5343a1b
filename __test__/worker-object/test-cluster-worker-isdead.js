'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario } = require('../harness');

scenario('isDead() is false until the worker has exited', {
  async primary(cluster) {
    const worker = cluster.fork();
    assert.strictEqual(worker.isDead(), false);
    const [dead] = await once(worker, 'message');
    assert.strictEqual(dead, false);
    assert.strictEqual(worker.isDead(), false);

    const exit = once(worker, 'exit', { signal: AbortSignal.timeout(10_000) });
    worker.send('exit');
    assert.deepStrictEqual(await exit, [6, null]);
    assert.strictEqual(worker.isDead(), true);
  },
  worker(cluster) {
    process.on('message', () => process.exit(6));
    process.send(cluster.worker.isDead());
  },
});

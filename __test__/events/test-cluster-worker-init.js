'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario("a message sent at 'online' waits for the worker's listener", {
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'online');
    worker.send('welcome');
    assert.deepStrictEqual(await once(worker, 'message'), ['heard welcome', undefined]);
    assert.strictEqual(worker.disconnect(), worker);
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker(cluster) {
    cluster.worker.on('message', (message) => cluster.worker.send(`heard ${message}`));
  },
});

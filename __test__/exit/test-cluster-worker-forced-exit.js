'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

async function ready(cluster) {
  const worker = cluster.fork();
  await once(worker, 'message');
  return worker;
}

function worker(cluster) {
  process.send('ready');
  cluster.worker.on('disconnect', () => setTimeout(() => process.exit(42), 10));
}

scenario('a worker whose channel is cut exits at once with code 0', {
  async primary(cluster) {
    const worker = await ready(cluster);
    worker.process.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.strictEqual(worker.exitedAfterDisconnect, false);
  },
  worker,
});

scenario('a worker that is told to disconnect may take its time', {
  async primary(cluster) {
    const worker = await ready(cluster);
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [42, null]);
    assert.strictEqual(worker.exitedAfterDisconnect, true);
  },
  worker,
});

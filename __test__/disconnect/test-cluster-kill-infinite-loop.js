'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario("'online' comes from a worker that blocks for ever, and SIGTERM ends it", {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    await once(worker, 'online');
    worker.process.kill();
    assert.deepStrictEqual(await end, [null, 'SIGTERM']);
  },
  worker() {
    for (;;);
  },
});

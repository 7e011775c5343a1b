'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

const LONG = 'x'.repeat(1 << 20);
const COUNT = 8;

scenario('a callback comes when its own message is written, although others are pending', {
  async primary(cluster) {
    const worker = cluster.fork();
    const called = [];
    await new Promise((resolve) => {
      for (let i = 0; i < COUNT; i++) {
        worker.send(LONG, (error) => {
          assert.strictEqual(error, null);
          // False: the others still wait.
          if (i === 0) assert.strictEqual(worker.send('one more'), false);
          if (called.push(i) === COUNT) resolve();
        });
      }
    });
    assert.deepStrictEqual(called, [...Array(COUNT).keys()]);
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    process.on('message', () => {});
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

const TEN = Array.from({ length: 10 }, (_, i) => i);

scenario('a listener of the primary that throws loses no message', {
  async primary(cluster) {
    const worker = cluster.fork();
    const thrown = [];
    process.on('uncaughtException', (error) => thrown.push(error.message));
    worker.on('message', (message) => {
      throw new Error(`no ${message}`);
    });
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.deepStrictEqual(
      thrown,
      TEN.map((i) => `no ${i}`),
    );
  },

  worker(cluster) {
    for (const i of TEN) process.send(i);
    cluster.worker.disconnect();
  },
});

scenario('a listener of a worker that throws loses no message', {
  async primary(cluster) {
    const worker = cluster.fork();
    for (const i of TEN) worker.send(i);
    const [thrown] = await once(worker, 'message');
    assert.deepStrictEqual(
      thrown,
      TEN.map((i) => `no ${i}`),
    );
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    const thrown = [];
    process.on('uncaughtException', (error) => {
      thrown.push(error.message);
      if (thrown.length === TEN.length) process.send(thrown);
    });
    process.on('message', (message) => {
      throw new Error(`no ${message}`);
    });
  },
});

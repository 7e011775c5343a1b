'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

scenario("cluster's 'message' has three arguments, the Worker's two", {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const calls = [];
    worker.on('message', function (...args) {
      calls.push(['worker', this, ...args]);
    });
    const [...args] = await new Promise((resolve) => {
      cluster.on('message', function (...args) {
        calls.push(['cluster', this, ...args]);
        setImmediate(resolve, args);
      });
    });
    assert.strictEqual(args.length, 3);
    assert.deepStrictEqual(calls, [
      // fork() listened first.
      ['cluster', cluster, worker, { hello: 1 }, undefined],
      ['worker', worker, { hello: 1 }, undefined],
    ]);
    assert.strictEqual(calls[0][2], worker);
    worker.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker() {
    process.send({ hello: 1 });
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario } = require('../harness');

scenario("a worker's process.exit(42) is told to the worker and to cluster", {
  async primary(cluster) {
    const worker = cluster.fork();
    const [ofWorker, ofCluster] = await Promise.all([once(worker, 'exit'), once(cluster, 'exit')]);
    assert.deepStrictEqual(ofWorker, [42, null]);
    assert.strictEqual(ofCluster[0], worker);
    assert.deepStrictEqual(ofCluster.slice(1), [42, null]);
  },
  worker() {
    process.exit(42);
  },
});

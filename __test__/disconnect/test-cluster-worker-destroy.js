'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');
const endsOnce = require('../fixtures/ends-once');

const WAYS = {
  'while it is connected': (worker) => worker.destroy(),
  'when it has disconnected': (worker) => {
    process.once('disconnect', () => worker.destroy());
    assert.strictEqual(worker.disconnect(), worker);
  },
};

for (const way of Object.keys(WAYS)) {
  scenario(`a worker destroys itself ${way}`, {
    async primary(cluster) {
      const worker = cluster.fork({ WAY: way });
      endsOnce(cluster, worker);
      assert.deepStrictEqual(await exited(worker), [0, null]);
    },
    worker(cluster) {
      setInterval(() => {}, 1000); // It would stay for ever.
      WAYS[process.env.WAY](cluster.worker);
    },
  });
}

'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

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
      const events = [];
      for (const event of ['disconnect', 'exit']) {
        worker.on(event, () => events.push(`worker ${event}`));
        cluster.on(event, () => events.push(`cluster ${event}`));
      }
      assert.deepStrictEqual(await exited(worker), [0, null]);
      process.on('exit', () => {
        assert.deepStrictEqual(events.sort(), [
          'cluster disconnect',
          'cluster exit',
          'worker disconnect',
          'worker exit',
        ]);
      });
    },
    worker(cluster) {
      setInterval(() => {}, 1000); // It would stay for ever.
      WAYS[process.env.WAY](cluster.worker);
    },
  });
}

'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

for (const way of ['disconnect', 'kill']) {
  scenario(`cluster.worker.${way}() is voluntary`, {
    async primary(cluster) {
      const worker = cluster.fork({ WAY: way });
      const events = [];
      for (const event of ['disconnect', 'exit']) {
        worker.on(event, () => events.push([event, worker.exitedAfterDisconnect]));
      }
      assert.deepStrictEqual(await exited(worker), [0, null]);
      process.on('exit', () => {
        assert.deepStrictEqual(events.sort(), [
          ['disconnect', true],
          ['exit', true],
        ]);
      });
    },
    worker(cluster) {
      cluster.worker[process.env.WAY]();
    },
  });
}

'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { scenario, exited } = require('../harness');

for (const policy of ['SCHED_NONE', 'SCHED_RR']) {
  scenario(`${policy}: a worker that is disconnected before it listens leaves, and never listens`, {
    async primary(cluster) {
      cluster.schedulingPolicy = cluster[policy];
      const worker = cluster.fork();
      const events = [];
      for (const event of ['listening', 'disconnect', 'exit']) {
        worker.on(event, () => events.push(`worker ${event}`));
        cluster.on(event, () => events.push(`cluster ${event}`));
      }
      const end = exited(worker);
      cluster.disconnect();
      assert.deepStrictEqual(await end, [0, null]);
      process.on('exit', () => {
        assert.deepStrictEqual(events.sort(), [
          'cluster disconnect',
          'cluster exit',
          'worker disconnect',
          'worker exit',
        ]);
      });
    },
    worker() {
      net.createServer().listen(0);
    },
  });
}

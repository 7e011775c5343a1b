'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { scenario, exited } = require('../harness');
const endsOnce = require('../fixtures/ends-once');

for (const policy of ['SCHED_NONE', 'SCHED_RR']) {
  scenario(`${policy}: a worker that is disconnected before it listens leaves, and never listens`, {
    async primary(cluster) {
      cluster.schedulingPolicy = cluster[policy];
      const worker = cluster.fork();
      endsOnce(cluster, worker, ['listening']);
      const end = exited(worker);
      cluster.disconnect();
      assert.deepStrictEqual(await end, [0, null]);
    },
    worker() {
      net.createServer().listen(0);
    },
  });
}

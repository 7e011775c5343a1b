'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { scenario, listening, exited } = require('../harness');

for (const policy of ['SCHED_NONE', 'SCHED_RR']) {
  scenario(`${policy}: a worker that never listened is disconnected before the one that does`, {
    async primary(cluster) {
      cluster.schedulingPolicy = cluster[policy];
      const idle = cluster.fork();
      const { workers } = await listening(cluster, 1, { env: { LISTEN: 'yes' } });
      const ends = [idle, ...workers].map(exited);
      idle.on('disconnect', cluster.disconnect);
      idle.disconnect();
      for (const end of await Promise.all(ends)) assert.deepStrictEqual(end, [0, null]);
      assert.deepStrictEqual(Object.keys(cluster.workers), []);
    },
    worker() {
      if (process.env.LISTEN) net.createServer().listen(0);
    },
  });
}

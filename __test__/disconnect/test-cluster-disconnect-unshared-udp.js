'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { scenario, listening, exited } = require('../harness');

for (const policy of ['SCHED_NONE', 'SCHED_RR']) {
  scenario(`${policy}: a worker that never bound a socket is disconnected before the one that did`, {
    async primary(cluster) {
      cluster.schedulingPolicy = cluster[policy];
      const idle = cluster.fork();
      const { workers, address } = await listening(cluster, 1, { env: { BIND: 'yes' } });
      assert.strictEqual(address.addressType, 'udp4');
      const ends = [idle, ...workers].map(exited);
      idle.on('disconnect', cluster.disconnect);
      idle.disconnect();
      for (const end of await Promise.all(ends)) assert.deepStrictEqual(end, [0, null]);
      assert.deepStrictEqual(Object.keys(cluster.workers), []);
    },
    worker() {
      if (process.env.BIND) dgram.createSocket('udp4').bind(0);
    },
  });
}

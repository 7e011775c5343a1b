'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, exited } = require('../harness');

for (const policy of ['SCHED_NONE', 'SCHED_RR']) {
  scenario(`${policy}: one worker is disconnected while another starts and is disconnected too`, {
    async primary(cluster) {
      cluster.schedulingPolicy = cluster[policy];
      const {
        workers: [first],
      } = await listening(cluster);
      const second = cluster.fork();
      const ends = [first, second].map(exited);
      // As a listener, so that `this` is what makes it this worker's.
      second.on('online', second.disconnect);
      await once(second, 'online');
      first.disconnect();
      for (const end of await Promise.all(ends)) assert.deepStrictEqual(end, [0, null]);
      assert.strictEqual(second.exitedAfterDisconnect, true);
    },
    worker() {
      net.createServer().listen(0);
    },
  });
}

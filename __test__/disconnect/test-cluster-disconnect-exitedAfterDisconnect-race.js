'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

scenario("a worker that leaves at once sees 'disconnect' once, and not before the next tick", {
  async primary(cluster) {
    const worker = cluster.fork();
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.strictEqual(worker.exitedAfterDisconnect, true);
  },
  worker(cluster) {
    const events = [];
    cluster.worker.on('disconnect', () => events.push('disconnect'));
    process.on('exit', () => assert.deepStrictEqual(events, ['tick', 'disconnect']));
    cluster.worker.disconnect();
    process.nextTick(() => events.push('tick'));
  },
});

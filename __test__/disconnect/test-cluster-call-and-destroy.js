'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('destroy() of a worker that has disconnected does not throw', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const [connected] = await once(worker, 'message');
    assert.strictEqual(connected, true);
    assert.strictEqual(worker.isConnected(), true);

    worker.send('leave');
    await once(worker, 'disconnect');
    assert.strictEqual(worker.isConnected(), false);
    worker.destroy();
    const [code, signal] = await end;
    assert.ok(code === 0 || signal === 'SIGTERM', `${code} ${signal}`);
  },
  worker(cluster) {
    process.once('message', () => cluster.worker.disconnect());
    process.send(cluster.worker.isConnected());
  },
});

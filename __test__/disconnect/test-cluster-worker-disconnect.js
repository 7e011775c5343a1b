'use strict';

const assert = require('node:assert');
const http = require('node:http');
const { scenario, listening, exited } = require('../harness');
const endsOnce = require('../fixtures/ends-once');

scenario('worker.disconnect() in the primary', {
  async primary(cluster) {
    const {
      workers: [worker],
    } = await listening(cluster);
    const { pid } = worker.process;
    endsOnce(cluster, worker);
    for (const emitter of [worker, cluster]) {
      emitter.on('disconnect', () => {
        assert.strictEqual(worker.state, 'disconnected');
        assert.strictEqual(worker.exitedAfterDisconnect, true);
      });
      emitter.on('exit', () => {
        assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
      });
    }
    const end = exited(worker);
    assert.strictEqual(worker.disconnect(), worker);
    assert.deepStrictEqual(await end, [42, null]);
  },
  worker(cluster) {
    http.createServer().listen(0, '127.0.0.1');
    cluster.worker.on('disconnect', () => (process.exitCode = 42));
  },
});

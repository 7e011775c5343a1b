'use strict';

const assert = require('node:assert');
const http = require('node:http');
const { scenario, listening, exited } = require('../harness');

scenario('worker.disconnect() in the primary', {
  async primary(cluster) {
    const {
      workers: [worker],
    } = await listening(cluster);
    const { pid } = worker.process;
    const events = [];
    for (const [name, emitter] of Object.entries({ worker, cluster })) {
      emitter.on('disconnect', () => {
        events.push(`${name} disconnect`);
        assert.strictEqual(worker.state, 'disconnected');
        assert.strictEqual(worker.exitedAfterDisconnect, true);
      });
      emitter.on('exit', () => {
        events.push(`${name} exit`);
        assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
      });
    }
    const end = exited(worker);
    assert.strictEqual(worker.disconnect(), worker);
    assert.deepStrictEqual(await end, [42, null]);
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
    http.createServer().listen(0, '127.0.0.1');
    cluster.worker.on('disconnect', () => (process.exitCode = 42));
  },
});

'use strict';

const assert = require('node:assert');
const http = require('node:http');
const { scenario, listening, exited } = require('../harness');
const endsOnce = require('../fixtures/ends-once');

scenario('a listening worker is killed from outside', {
  async primary(cluster) {
    const {
      workers: [worker],
    } = await listening(cluster);
    const { pid } = worker.process;
    endsOnce(cluster, worker);
    for (const emitter of [worker, cluster]) {
      emitter.on('disconnect', () => {
        assert.strictEqual(worker.state, 'disconnected');
        assert.strictEqual(worker.exitedAfterDisconnect, false);
      });
      emitter.on('exit', (...args) => {
        assert.deepStrictEqual(args.slice(-2), [null, 'SIGKILL']);
        assert.strictEqual(worker.process.exitCode, null);
        assert.strictEqual(worker.process.signalCode, 'SIGKILL');
        assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
      });
    }
    const end = exited(worker);
    process.kill(pid, 'SIGKILL');
    await end;
  },
  worker() {
    http.createServer().listen(0, '127.0.0.1');
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const { scenario, listening, exited } = require('../harness');

scenario('worker.kill(signal) sends that signal, and the exit is not voluntary', {
  async primary(cluster) {
    const {
      workers: [worker],
    } = await listening(cluster);
    const { pid } = worker.process;
    const disconnected = new Promise((resolve) => {
      worker.once('disconnect', () => resolve([worker.state, worker.exitedAfterDisconnect]));
    });
    const gone = Promise.all([exited(worker), once(cluster, 'disconnect')]);
    worker.kill('SIGKILL');
    assert.deepStrictEqual(await disconnected, ['disconnected', false]);
    const [end] = await gone;
    assert.deepStrictEqual(end, [null, 'SIGKILL']);
    assert.strictEqual(worker.exitedAfterDisconnect, false);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    assert.deepStrictEqual(Object.keys(cluster.workers), []);
  },
  worker() {
    http.createServer().listen(0, '127.0.0.1');
  },
});

scenario('worker.kill() without an argument sends SIGTERM', {
  async primary(cluster) {
    const {
      workers: [worker],
    } = await listening(cluster);
    const end = exited(worker);
    worker.kill();
    assert.deepStrictEqual(await end, [null, 'SIGTERM']);
  },
  worker() {
    http.createServer().listen(0, '127.0.0.1');
  },
});

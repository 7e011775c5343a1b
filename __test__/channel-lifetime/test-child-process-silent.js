'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario("a silent worker's output stays off the primary's, and messages go both ways", {
  async primary(cluster) {
    cluster.setupPrimary({ silent: true });
    const worker = cluster.fork();
    const { stdin, stdout, stderr } = worker.process;
    assert.ok(stdin.writable);
    let out = '';
    let err = '';
    stdout.setEncoding('utf8').on('data', (data) => (out += data));
    stderr.setEncoding('utf8').on('data', (data) => (err += data));
    const closed = once(worker.process, 'close');
    worker.send('ping');
    assert.deepStrictEqual(await once(worker, 'message'), ['pong', undefined]);
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
    await closed;
    assert.match(out, /^out of the worker$/m);
    assert.match(err, /^errors of the worker$/m);
    console.log('out of the primary');
  },

  worker() {
    console.log('out of the worker');
    console.error('errors of the worker');
    process.on('message', (message) => {
      assert.strictEqual(message, 'ping');
      process.send('pong');
    });
  },

  check({ code, signal, stdout, stderr }) {
    assert.deepStrictEqual({ code, signal }, { code: 0, signal: null }, stderr);
    assert.strictEqual(stdout, 'out of the primary\n');
    assert.doesNotMatch(stderr, /of the worker/);
  },
});

for (const [name, disconnect, skipBuiltin] of [
  ['worker.disconnect()', (worker) => worker.disconnect()],
  [
    'worker.process.disconnect()',
    (worker) => worker.process.disconnect(),
    'its worker dies of EPIPE, because it cannot say that it is online',
  ],
]) {
  scenario(`${name} right after fork lets an idle worker end`, {
    skipBuiltin,
    async primary(cluster) {
      cluster.setupPrimary({ silent: true });
      const worker = cluster.fork();
      const closed = once(worker.process, 'close');
      disconnect(worker);
      assert.deepStrictEqual(await exited(worker), [0, null]);
      await closed;
      assert.strictEqual(worker.isConnected(), false);
      assert.deepStrictEqual(Object.keys(cluster.workers), []);
    },

    worker() {},
  });
}

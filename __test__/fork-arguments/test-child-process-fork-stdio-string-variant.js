'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

const TEXT = 'written by the worker';

for (const stdio of ['pipe', 'inherit', 'ignore']) {
  scenario(`a worker with stdio '${stdio}' has a channel`, {
    async primary(cluster) {
      // The text decides, and not `silent`.
      cluster.setupPrimary({ stdio, silent: stdio !== 'pipe' });
      const worker = cluster.fork();
      const streams = [worker.process.stdin, worker.process.stdout, worker.process.stderr];
      const piped = stdio === 'pipe';
      assert.deepStrictEqual(
        streams.map((stream) => stream !== null),
        [piped, piped, piped],
      );
      worker.send('ping');
      assert.deepStrictEqual(await once(worker, 'message'), ['pong', undefined]);
      let text = '';
      worker.process.stdout?.setEncoding('utf8').on('data', (data) => (text += data));
      const closed = once(worker.process, 'close');
      worker.disconnect();
      assert.deepStrictEqual(await exited(worker), [0, null]);
      await closed;
      assert.strictEqual(text, piped ? `${TEXT}\n` : '');
    },

    worker() {
      process.once('message', (message) => {
        assert.strictEqual(message, 'ping');
        console.log(TEXT);
        process.send('pong');
      });
    },

    check({ code, signal, stdout, stderr }) {
      assert.deepStrictEqual({ code, signal }, { code: 0, signal: null }, stderr);
      assert.strictEqual(stdout, stdio === 'inherit' ? `${TEXT}\n` : '');
    },
  });
}

scenario('any other text for stdio makes fork throw', {
  async primary(cluster) {
    for (const stdio of ['pipes', 'ipc', 'INHERIT']) {
      cluster.setupPrimary({ stdio });
      assert.throws(() => cluster.fork(), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    }
    assert.deepStrictEqual(Object.keys(cluster.workers), []);
  },
});

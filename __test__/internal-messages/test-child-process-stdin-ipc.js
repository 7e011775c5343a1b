'use strict';

const assert = require('node:assert');
const { on } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('a worker may touch process.stdin where its channel is', {
  async primary(cluster) {
    cluster.setupPrimary({ stdio: ['ipc', 'inherit', 'inherit'] });
    const worker = cluster.fork();
    assert.strictEqual(worker.process.stdio[0], null);
    const inbox = on(worker, 'message');
    for (const text of ['before', 'x'.repeat(300_000), 'after']) {
      worker.send(text);
      const [answer] = (await inbox.next()).value;
      assert.ok(answer.text === text, `${answer.text.length} characters came back of ${text.length}`);
      assert.strictEqual(answer.type, 'object');
    }
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    assert.strictEqual(process.channel.fd, 0);
    process.on('message', (text) => process.send({ text, type: typeof process.stdin }));
  },
});

scenario('a worker that only touches process.stdin leaves with code 0', {
  async primary(cluster) {
    cluster.setupPrimary({ stdio: ['ipc', 'inherit', 'inherit'] });
    const worker = cluster.fork();
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    assert.ok(process.stdin);
  },
});

'use strict';

const assert = require('node:assert');
const { on } = require('node:events');
const path = require('node:path');
const { scenario, exited } = require('../harness');

async function talk(cluster, settings) {
  cluster.setupPrimary({ stdio: ['inherit', 'ipc', 'inherit'], ...settings });
  const worker = cluster.fork();
  assert.strictEqual(worker.process.stdout, null);
  const inbox = on(worker, 'message');
  for (const text of ['before', 'x'.repeat(300_000), 'after']) {
    worker.send(text);
    const [answer] = (await inbox.next()).value;
    assert.ok(answer.message === text, `${answer.message.length} characters came back of ${text.length}`);
    assert.strictEqual(answer.descriptor, 1);
  }
  worker.disconnect();
  assert.deepStrictEqual(await exited(worker), [0, null]);
}

scenario('a worker whose channel is in the place of stdout sends and receives', {
  primary: (cluster) => talk(cluster, { exec: path.join(__dirname, '../fixtures/echo-messages.js') }),
});

scenario('a worker may touch process.stdout where its channel is', {
  skipBuiltin: 'its worker dies of a push after the end of file',
  primary: talk,
  worker() {
    process.on('message', (message) => {
      assert.strictEqual(typeof process.stdout, 'object');
      process.send({ message, descriptor: process.channel.fd });
    });
  },
});

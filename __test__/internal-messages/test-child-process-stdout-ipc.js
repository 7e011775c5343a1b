'use strict';

const assert = require('node:assert');
const { on } = require('node:events');
const { scenario, exited } = require('../harness');

const stdio = ['inherit', 'ipc', 'inherit'];

async function talk(cluster) {
  cluster.setupPrimary({ stdio });
  const worker = cluster.fork();
  assert.strictEqual(worker.process.stdout, null);
  const inbox = on(worker, 'message');
  for (const text of ['before', 'x'.repeat(300_000), 'after']) {
    worker.send(text);
    const [answer] = (await inbox.next()).value;
    assert.ok(answer === text, `${answer.length} characters came back of ${text.length}`);
  }
  worker.disconnect();
  assert.deepStrictEqual(await exited(worker), [0, null]);
}

scenario('a worker whose channel is in the place of stdout sends and receives', {
  primary: talk,
  worker() {
    assert.strictEqual(process.channel.fd, 1);
    process.on('message', (text) => process.send(text));
  },
});

scenario('a worker may touch process.stdout where its channel is', {
  skipBuiltin: 'its worker dies of a push after the end of file',
  primary: talk,
  worker() {
    process.on('message', (text) => {
      assert.strictEqual(typeof process.stdout, 'object');
      process.send(text);
    });
  },
});

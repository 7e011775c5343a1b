'use strict';

const assert = require('node:assert');
const { on } = require('node:events');
const inspector = require('node:inspector');
const { scenario, exited } = require('../harness');

scenario('a worker answers each message once and in order, while its inspector opens and closes', {
  async primary(cluster) {
    cluster.setupPrimary({ silent: true }); // The inspector writes to stderr.
    const worker = cluster.fork();
    const inbox = on(worker, 'message');
    const ask = async (act) => {
      worker.send(act);
      const [answer] = (await inbox.next()).value;
      assert.strictEqual(answer.act, act);
      return answer.url;
    };

    assert.strictEqual(await ask('url'), null);
    const url = new URL(await ask('open'));
    assert.strictEqual(url.protocol, 'ws:');
    assert.ok(Number(url.port) > 0);
    assert.strictEqual(await ask('url'), url.href);
    assert.strictEqual(await ask('close'), null);
    assert.strictEqual(new URL(await ask('open')).protocol, 'ws:');

    const burst = ['url', 'close', 'url', 'open', 'url', 'close'];
    for (const act of burst) worker.send(act);
    for (const act of burst) assert.strictEqual((await inbox.next()).value[0].act, act);

    worker.on('message', (message) => assert.fail(`an answer too many: ${message.act}`));
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    const acts = { url() {}, open: () => inspector.open(0), close: () => inspector.close() };
    process.on('message', (act) => {
      acts[act]();
      process.send({ act, url: inspector.url() ?? null });
    });
  },
});

'use strict';

const assert = require('node:assert');
const { on, once } = require('node:events');
const net = require('node:net');
const { NODE, scenario, exited } = require('../harness');

scenario('send() returns false when too much is pending, and true again when that is written', {
  async primary(cluster) {
    const worker = cluster.fork();
    const text = 'x'.repeat(64 * 1024);
    let sent = 1;
    const called = [];
    const written = (error) => called.push(error);
    assert.strictEqual(worker.send(text, written), true);
    while (worker.send(text, written)) assert.ok(++sent < 1000, 'there is no end to what may wait');
    sent++;
    worker.send('last', written);
    const [answer] = await once(worker, 'message');
    assert.deepStrictEqual(answer, { texts: sent, other: 0 });
    assert.deepStrictEqual(called, new Array(sent + 1).fill(null));
    assert.strictEqual(worker.send('more'), true);
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    const count = { texts: 0, other: 0 };
    process.on('message', (message) => {
      if (message === 'last') process.send(count);
      else if (message === 'x'.repeat(64 * 1024)) count.texts++;
      else if (message !== 'more') count.other++;
    });
  },
});

scenario('messages behind a handle keep their order, and a handle may follow them', {
  skipBuiltin: NODE < 20 ? 'its workers cannot receive a server: the primary dies' : undefined,
  async primary(cluster) {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const worker = cluster.fork();
    const inbox = on(worker, 'message');
    const next = async () => (await inbox.next()).value[0];

    let called = 0;
    const written = (error) => {
      assert.strictEqual(error, null);
      called++;
    };
    assert.strictEqual(worker.send('handle 1', server, written), true);
    // Only the first is sure to be true: how many messages may wait behind a handle is not told.
    assert.strictEqual(worker.send('plain 1', written), true);
    for (const text of ['plain 2', 'plain 3']) {
      assert.strictEqual(typeof worker.send(text, written), 'boolean');
    }
    for (const text of ['handle 1', 'plain 1', 'plain 2', 'plain 3']) {
      assert.deepStrictEqual(await next(), { message: text, server: text.startsWith('handle') });
    }
    assert.strictEqual(called, 4);
    assert.strictEqual(worker.send('handle 2', server, written), true);
    assert.deepStrictEqual(await next(), { message: 'handle 2', server: true });

    server.close();
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.strictEqual(called, 5);
  },

  worker() {
    process.on('message', (message, handle) => {
      process.send({ message, server: handle instanceof net.Server });
      handle?.close();
    });
  },
});

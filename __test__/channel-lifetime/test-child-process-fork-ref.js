'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario("a timer keeps a worker alive that has unref’ed its channel, and it can write at 'disconnect'", {
  async primary(cluster) {
    cluster.setupPrimary({ silent: true });
    const worker = cluster.fork();
    let text = '';
    const { stdout } = worker.process;
    stdout.setEncoding('utf8').on('data', (data) => (text += data));
    const ended = once(stdout, 'end'); // The builtin emits no 'close' when the primary has disconnected.
    const messages = [];
    worker.on('message', (message) => {
      messages.push(message);
      if (messages.length === 2) worker.process.disconnect();
    });
    assert.deepStrictEqual(await exited(worker), [0, null]);
    await ended;
    assert.deepStrictEqual(messages, ['at once', 'by a timer']);
    assert.strictEqual(text, 'disconnected\n');
  },

  worker(cluster) {
    process.channel.unref();
    process.send('at once');
    setTimeout(() => process.send('by a timer'), 20);
    setInterval(() => {}, 1000); // To be here when the channel closes.
    cluster.worker.once('disconnect', () => console.log('disconnected'));
  },
});

scenario('a worker that has unref’ed its channel receives messages as long as it lives', {
  async primary(cluster) {
    const worker = cluster.fork();
    worker.send('go');
    assert.deepStrictEqual(await once(worker, 'message'), ['going', undefined]);
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.strictEqual(worker.exitedAfterDisconnect, false);
  },

  worker() {
    const timer = setInterval(() => {}, 1000);
    process.once('message', (message) => {
      assert.strictEqual(message, 'go');
      process.send('going');
      clearInterval(timer);
    });
    process.channel.unref();
  },
});

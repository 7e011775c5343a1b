'use strict';

const assert = require('node:assert');
const { scenario } = require('../harness');

/** No message is longer, in bytes. */
const LIMIT = 2 ** 30;

/** So many characters of three bytes each are less than V8's longest string, and more UTF-8 than V8 takes at once. */
const CHARACTERS = 180_000_000;

scenario('a text of more than 512 MiB that is a string all the same arrives', {
  timeout: 60_000,
  skipBuiltin: 'it takes minutes',
  async primary(cluster) {
    const worker = cluster.fork();
    const next = () => new Promise((resolve) => worker.once('message', resolve));
    assert.strictEqual((await next()).length, CHARACTERS);
    assert.strictEqual(await next(), 'behind it');
  },
  worker() {
    process.send('漢'.repeat(CHARACTERS));
    process.send('behind it', () => process.disconnect());
  },
});

scenario('a message that is too long is an error of its sender, and those behind it arrive', {
  skipBuiltin: 'it sends longer ones',
  async primary(cluster) {
    cluster.setupPrimary({ serialization: 'advanced' });
    const worker = cluster.fork();
    const error = await new Promise((resolve) => worker.send(Buffer.alloc(LIMIT), resolve));
    assert.strictEqual(error.code, 'EMSGSIZE');
    assert.strictEqual(error.syscall, 'write');
    assert.match(error.message, /at most 1 GiB/);
    worker.send('short');
    assert.strictEqual(await new Promise((resolve) => worker.on('message', resolve)), 'short');
    worker.disconnect();
  },
  worker() {
    process.on('message', (message) => process.send(message));
  },
});

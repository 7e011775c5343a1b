'use strict';

const assert = require('node:assert');
const { scenario } = require('../harness');

/** No message is longer, in bytes. */
const LIMIT = 2 ** 30;

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

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('a message that looks like an internal one of the builtin does no harm', {
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'online');
    const error = await new Promise((resolve) => {
      worker.send({ cmd: 'NODE_CLUSTER', ack: -1 }, resolve);
    });
    assert.strictEqual(error, null);

    worker.send('an honest one');
    assert.deepStrictEqual(await once(worker, 'message'), [['an honest one'], undefined]);
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    const heard = [];
    process.on('message', (message) => {
      heard.push(message);
      process.send(heard);
    });
  },
});

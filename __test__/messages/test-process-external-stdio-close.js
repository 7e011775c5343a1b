'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('a worker whose stdout the primary has closed lives on until it disconnects', {
  async primary(cluster) {
    cluster.setupPrimary({ silent: true });
    const worker = cluster.fork();
    worker.process.stdout.destroy();
    await once(worker.process.stdout, 'close');
    worker.send('write');
    const [answer] = await once(worker, 'message');
    assert.deepStrictEqual(answer, { code: 'EPIPE' });
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    process.once('message', async () => {
      console.log('nobody reads this');
      await new Promise(setImmediate);
      // It is still here. Now look whether that write could fail at all.
      process.stdout.once('error', ({ code }) => {
        process.send({ code });
        process.disconnect();
      });
      process.stdout.write('nor this');
    });
  },
});

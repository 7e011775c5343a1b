'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { text } = require('node:stream/consumers');
const { scenario, exited } = require('../harness');

scenario('isConnected() is true until the channel has closed', {
  async primary(cluster) {
    cluster.setupPrimary({ silent: true });
    const worker = cluster.fork();
    assert.strictEqual(worker.isConnected(), true);
    const output = text(worker.process.stdout);

    const [connected] = await once(worker, 'message');
    assert.strictEqual(connected, true);
    assert.strictEqual(worker.isConnected(), true);
    worker.disconnect();
    await once(worker, 'disconnect');
    assert.strictEqual(worker.isConnected(), false);
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.strictEqual(await output, 'worker: false\nprocess: false\n');
  },
  worker({ worker }) {
    assert.strictEqual(worker.process, process);
    worker.on('disconnect', () => console.log(`worker: ${worker.isConnected()}`));
    worker.process.on('disconnect', () => console.log(`process: ${worker.isConnected()}`));
    process.send(worker.isConnected());
  },
});

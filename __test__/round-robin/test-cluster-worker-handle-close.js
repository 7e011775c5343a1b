'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { scenario, listening, exited, settled, descriptors, temporaryPath } = require('../harness');

scenario('a connection that comes to a closed server is closed', {
  async primary(cluster) {
    const flag = temporaryPath('accepted');
    const { workers, port } = await listening(cluster, 1, { env: { FLAG: flag } });
    const [worker] = workers;
    const before = descriptors();
    worker.send('wait, then close');
    await once(worker, 'message');

    const client = net.connect(port, '127.0.0.1').on('error', () => {});
    const closed = once(client, 'close');
    await once(client, 'connect');
    // The primary has accepted it; the worker is too busy to take it.
    assert.ok(await settled(() => descriptors() === before + 2));
    fs.writeFileSync(flag, '');

    const [count] = await once(worker, 'message');
    assert.strictEqual(count, 'same descriptors');
    await closed;
    assert.ok(await settled(() => descriptors() === before), 'the primary keeps a descriptor');
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    const server = net.createServer(() => assert.fail('the server is closed')).listen(0, '127.0.0.1');
    process.once('message', async () => {
      const before = descriptors();
      process.send('waiting');
      await new Promise(setImmediate);
      const cell = new Int32Array(new SharedArrayBuffer(4));
      while (!fs.existsSync(process.env.FLAG)) Atomics.wait(cell, 0, 0, 5);
      server.close();
      const same = await settled(() => descriptors() === before);
      process.send(same ? 'same descriptors' : `${descriptors()} descriptors instead of ${before}`);
    });
  },
});

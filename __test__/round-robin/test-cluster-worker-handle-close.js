'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { scenario, listening, exited, settled, descriptors, temporaryPath } = require('../harness');

/** Connects while the worker is too busy to take the connection, and then closes its server. */
async function connectLate(cluster) {
  const flag = temporaryPath('accepted');
  const { workers, port } = await listening(cluster, 1, { env: { FLAG: flag } });
  const [worker] = workers;
  const before = descriptors();
  worker.send('wait, then close');
  await once(worker, 'message');

  const client = net.connect(port, '127.0.0.1').on('error', () => {});
  const closed = new Promise((resolve) => client.on('close', resolve));
  await once(client, 'connect');
  assert.ok(await settled(() => descriptors() === before + 2), 'the primary does not accept');
  fs.writeFileSync(flag, '');
  assert.deepStrictEqual(await once(worker, 'message'), ['no descriptor is left', undefined]);
  return { worker, client, closed, before };
}

function worker() {
  const server = net.createServer(() => assert.fail('the server is closed')).listen(0, '127.0.0.1');
  process.once('message', async () => {
    const before = descriptors();
    process.send('waiting');
    await new Promise(setImmediate);
    const cell = new Int32Array(new SharedArrayBuffer(4));
    while (!fs.existsSync(process.env.FLAG)) Atomics.wait(cell, 0, 0, 5);
    server.close();
    const same = await settled(() => descriptors() === before);
    process.send(same ? 'no descriptor is left' : `${descriptors()} descriptors instead of ${before}`);
  });
}

scenario('a connection that comes to a closed server leaves nothing in the worker', {
  async primary(cluster) {
    const { worker, client } = await connectLate(cluster);
    client.destroy();
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker,
});

scenario('a connection whose last server has closed is closed in the primary too', {
  skipBuiltin: 'it keeps the connection, and the client hangs',
  async primary(cluster) {
    const { worker, closed, before } = await connectLate(cluster);
    await closed;
    assert.ok(await settled(() => descriptors() === before - 1), 'the primary keeps a descriptor');
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker,
});

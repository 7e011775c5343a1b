'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

const CLOSED = { name: 'Error', code: 'ERR_IPC_CHANNEL_CLOSED', message: 'Channel closed' };

/** Sends on a closed channel, with and without a callback. `target` and `emitter` may be one. */
async function refuses(target, emitter) {
  const errors = [];
  emitter.on('error', (error) => errors.push(error));

  const [error] = await new Promise((resolve) => {
    assert.strictEqual(
      target.send('with a callback', (...args) => resolve(args)),
      false,
    );
  });
  assert.throws(() => {
    throw error;
  }, CLOSED);
  await new Promise(setImmediate);
  assert.deepStrictEqual(errors, [], 'an error that the callback got was emitted too');

  assert.strictEqual(target.send('without one'), false);
  assert.deepStrictEqual(errors, [], 'it was emitted before send() returned');
  await new Promise(setImmediate);
  assert.strictEqual(errors.length, 1);
  assert.throws(() => {
    throw errors[0];
  }, CLOSED);
}

scenario('the primary cannot send to a worker that is gone', {
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'online');
    worker.disconnect();
    await once(worker.process, 'close');
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.strictEqual(worker.isConnected(), false);
    await refuses(worker, worker);
    await refuses(worker.process, worker.process);
  },

  worker() {},
});

scenario('a worker cannot send after it has disconnected', {
  async primary(cluster) {
    const worker = cluster.fork();
    worker.on('message', (message) => assert.fail(`${message} arrived`));
    assert.deepStrictEqual(await exited(worker), [42, null]);
  },

  worker(cluster) {
    cluster.worker.on('error', () => {}); // It repeats what `process` emits.
    cluster.worker.once('disconnect', async () => {
      await refuses(process, process);
      await refuses(cluster.worker, cluster.worker);
      process.exitCode = 42;
    });
    cluster.worker.disconnect();
  },
});

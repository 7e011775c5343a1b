'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

const TWICE = { name: 'Error', code: 'ERR_IPC_DISCONNECTED', message: 'IPC channel is already disconnected' };

/** Disconnects `target`: at once it is not connected, but 'disconnect' comes later, and once. */
async function disconnect(target) {
  const seen = [];
  target.on('disconnect', (...args) => seen.push(args));
  assert.strictEqual(target.connected, true);
  target.disconnect();
  assert.strictEqual(target.connected, false);
  assert.throws(() => target.disconnect(), TWICE);
  assert.deepStrictEqual(seen, []);
  await new Promise(setImmediate);
  assert.deepStrictEqual(seen, [[]]);
  assert.strictEqual(target.connected, false);
  assert.strictEqual(target.channel, null);
  assert.throws(() => target.disconnect(), TWICE);
}

scenario('the primary disconnects the channel of a worker', {
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'message');
    const seen = [];
    worker.on('disconnect', () => seen.push('worker'));
    cluster.on('disconnect', () => seen.push('cluster'));
    await disconnect(worker.process);
    assert.deepStrictEqual(seen, ['worker', 'cluster']);
    assert.deepStrictEqual(await exited(worker), [42, null]);
    assert.strictEqual(worker.exitedAfterDisconnect, false);
  },

  worker(cluster) {
    cluster.worker.on('disconnect', () => {
      assert.strictEqual(process.connected, false);
      assert.strictEqual(cluster.worker.isConnected(), false);
      process.exit(42); // It would exit with 0 by itself now.
    });
    process.send('ready');
  },
});

scenario('a worker disconnects its channel', {
  async primary(cluster) {
    const worker = cluster.fork();
    const [event] = await Promise.race([once(worker, 'disconnect'), exited(worker)]);
    if (event === undefined) assert.strictEqual(worker.process.connected, false);
    assert.deepStrictEqual(await exited(worker), [42, null]);
    assert.strictEqual(worker.isConnected(), false);
    assert.strictEqual(worker.exitedAfterDisconnect, false);
  },

  worker(cluster) {
    // It exits by itself as soon as 'disconnect' was emitted on its Worker.
    const seen = [];
    cluster.worker.on('disconnect', () => seen.push('disconnect'));
    process.disconnect();
    assert.strictEqual(process.connected, false);
    assert.throws(() => process.disconnect(), TWICE);
    assert.deepStrictEqual(seen, []);
    process.once('exit', () => {
      assert.deepStrictEqual(seen, ['disconnect']);
      process.exitCode = 42;
    });
  },
});

scenario("a worker that left the cluster sees 'disconnect' on process too", {
  async primary(cluster) {
    const worker = cluster.fork();
    assert.deepStrictEqual(await exited(worker), [42, null]);
    assert.strictEqual(worker.exitedAfterDisconnect, true);
  },

  worker(cluster) {
    const seen = [];
    cluster.worker.on('disconnect', () => seen.push('worker'));
    process.on('disconnect', () => {
      seen.push('process');
      assert.deepStrictEqual(seen, ['worker', 'process']);
      assert.strictEqual(process.connected, false);
      assert.throws(() => process.disconnect(), TWICE);
      process.exitCode = 42;
    });
    cluster.worker.disconnect();
  },
});

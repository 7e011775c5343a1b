'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario("in a worker, what 'process' emits comes from cluster.worker too", {
  async primary(cluster) {
    const worker = cluster.fork();
    assert.strictEqual(worker.state, 'none');
    assert.strictEqual(worker.send({ sent: 'before online' }), true);
    const [seen] = await once(worker, 'message');
    assert.deepStrictEqual(seen, {
      process: [{ sent: 'before online' }],
      worker: [{ sent: 'before online' }],
      errors: ['an error of the worker'],
    });
    assert.deepStrictEqual(await exited(worker), [2, null]);
  },
  worker(cluster) {
    const seen = { process: [], worker: [], errors: [] };
    process.on('message', (message) => seen.process.push(message));
    cluster.worker.on('message', (message) => seen.worker.push(message));
    cluster.worker.on('error', (error) => seen.errors.push(error.message));
    process.once('message', () => {
      process.emit('error', new Error('an error of the worker'));
      // A second emission of the message would have come by then.
      setImmediate(() => process.send(seen, () => process.exit(2)));
    });
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

scenario('worker.state follows the life of a worker', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    assert.strictEqual(worker.state, 'none');
    const states = {};
    for (const event of ['fork', 'online', 'listening', 'disconnect', 'exit']) {
      cluster.on(event, () => (states[event] = worker.state));
    }
    const [inside] = await once(worker, 'message');
    assert.deepStrictEqual(inside, ['online', 'listening']);
    worker.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
    process.on('exit', () => {
      assert.deepStrictEqual(states, {
        fork: 'none',
        online: 'online',
        listening: 'listening',
        disconnect: 'disconnected',
        exit: 'dead',
      });
    });
  },
  worker(cluster) {
    const states = [cluster.worker.state];
    const server = net.createServer().listen(0);
    server.on('listening', () => {
      // It is set after the listeners of 'listening' ran.
      setImmediate(() => process.send([...states, cluster.worker.state]));
    });
  },
});

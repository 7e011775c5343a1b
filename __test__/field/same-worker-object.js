'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

scenario('fork(), cluster.workers and every event give the same Worker object', {
  async primary(cluster) {
    const seen = {};
    for (const event of ['fork', 'online', 'message', 'listening', 'disconnect', 'exit']) {
      cluster.once(event, (worker) => (seen[event] = worker));
    }
    const worker = cluster.fork();
    const end = exited(worker);
    assert.strictEqual(cluster.workers[worker.id], worker);
    worker.once('online', function () {
      assert.strictEqual(this, worker);
    });
    await once(worker, 'listening');
    worker.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
    process.on('exit', () => {
      assert.deepStrictEqual(Object.keys(seen).sort(), [
        'disconnect',
        'exit',
        'fork',
        'listening',
        'message',
        'online',
      ]);
      for (const [event, each] of Object.entries(seen)) assert.strictEqual(each, worker, event);
    });
  },
  worker() {
    process.send('hello');
    net.createServer().listen(0);
  },
});

scenario('a Worker takes foreign properties and a foreign state, and keeps them', {
  async primary(cluster) {
    const AGE = Symbol('age');
    const worker = cluster.fork();
    const end = exited(worker);
    worker.pid = worker.process.pid;
    worker.birth = 1;
    worker[AGE] = 2;
    Object.defineProperty(worker, 'age', { get: () => 3, configurable: true });
    await once(worker, 'message');

    worker.state = 'stopping';
    const same = cluster.workers[worker.id];
    assert.deepStrictEqual([same.pid, same.birth, same[AGE], same.age], [worker.process.pid, 1, 2, 3]);
    assert.strictEqual(same.state, 'stopping');
    worker.send('leave');
    assert.deepStrictEqual(await end, [0, null]);
    assert.strictEqual(worker.exitedAfterDisconnect, true);
  },
  worker(cluster) {
    cluster.worker.pid = process.pid;
    process.once('message', () => cluster.worker.disconnect());
    process.send('ready');
  },
});

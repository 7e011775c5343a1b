'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { scenario, listening } = require('../harness');

scenario('no worker survives a primary that dies of an uncaught error', {
  async primary(cluster) {
    const pids = [];
    const onfork = (worker) => pids.push(worker.process.pid);
    const removed = () => pids.push('removed');
    cluster.on('fork', onfork);
    cluster.on('fork', removed);
    cluster.removeListener('fork', removed);
    const { workers } = await listening(cluster, 2);
    assert.deepStrictEqual(
      pids,
      workers.map((worker) => worker.process.pid),
    );
    assert.ok(pids.every((pid) => pid > 0));
    console.log('all listen');

    process.nextTick(() => {
      throw new Error('nobody catches this');
    });
    await new Promise(() => {});
  },
  worker({ worker }) {
    worker.on('disconnect', () => console.log('a worker saw the channel close'));
    setInterval(() => {}, 1_000);
    net.createServer().listen(0, '127.0.0.1');
  },
  check({ code, signal, stdout, stderr }) {
    assert.deepStrictEqual({ code, signal }, { code: 1, signal: null }, stderr);
    assert.match(stderr, /nobody catches this/);
    const closed = 'a worker saw the channel close\n';
    assert.strictEqual(stdout, `all listen\n${closed}${closed}`);
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening } = require('../harness');

scenario('a worker that exits gives one disconnect and one exit', {
  async primary(cluster) {
    const { workers } = await listening(cluster);
    const [worker] = workers;
    const { pid } = worker.process;
    const calls = [];
    for (const event of ['disconnect', 'exit']) {
      worker.on(event, (...args) => calls.push({ event, by: 'worker', args }));
      cluster.on(event, (...args) => calls.push({ event, by: 'cluster', args }));
    }
    worker.on('disconnect', () => {
      assert.strictEqual(worker.state, 'disconnected');
      assert.strictEqual(worker.exitedAfterDisconnect, false);
    });
    worker.on('exit', () => {
      assert.strictEqual(worker.state, 'dead');
      assert.strictEqual(worker.exitedAfterDisconnect, false);
      assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    });

    // The last event of all.
    const close = once(worker.process, 'close');
    worker.send('exit');
    assert.deepStrictEqual(await close, [42, null]);
    const of = (name) => calls.filter(({ event }) => event === name);
    assert.deepStrictEqual(of('disconnect'), [
      { event: 'disconnect', by: 'worker', args: [] },
      { event: 'disconnect', by: 'cluster', args: [worker] },
    ]);
    assert.deepStrictEqual(of('exit'), [
      { event: 'exit', by: 'worker', args: [42, null] },
      { event: 'exit', by: 'cluster', args: [worker, 42, null] },
    ]);
    const { exitCode, signalCode } = worker.process;
    assert.deepStrictEqual([exitCode, signalCode], [42, null]);
  },
  worker() {
    net.createServer().listen(0, '127.0.0.1');
    process.on('message', () => process.exit(42));
  },
});

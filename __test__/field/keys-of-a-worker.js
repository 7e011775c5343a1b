'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

const KEYS = ['_events', '_eventsCount', '_maxListeners', 'exitedAfterDisconnect', 'state', 'id', 'process'];

function check(worker) {
  assert.deepStrictEqual(Object.keys(worker), KEYS);
  assert.strictEqual(worker.exitedAfterDisconnect, undefined);
  assert.strictEqual(worker.suicide, undefined);
  assert.strictEqual('suicide' in worker, false);
}

scenario('a fresh Worker has the keys of the builtin and no others', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    check(worker);
    const [message] = await once(worker, 'message');
    assert.strictEqual(message, 'checked');
    worker.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
    assert.strictEqual(worker.suicide, undefined);
  },
  worker(cluster) {
    check(cluster.worker);
    process.send('checked');
  },
});

scenario('kill() does what destroy() does, even when that was replaced', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const calls = [];
    worker.destroy = (...args) => calls.push(args);
    worker.kill('SIGUSR2');
    assert.deepStrictEqual(calls, [['SIGUSR2']]);
    delete worker.destroy;
    worker.destroy('SIGKILL');
    assert.deepStrictEqual(await end, [null, 'SIGKILL']);
  },
  worker() {},
});

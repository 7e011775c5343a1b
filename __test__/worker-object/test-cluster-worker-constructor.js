'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

function construct({ Worker }) {
  const plain = new Worker();
  assert.strictEqual(plain.exitedAfterDisconnect, undefined);
  assert.strictEqual(plain.state, 'none');
  assert.strictEqual(plain.id, 0);
  assert.strictEqual(plain.process, undefined);

  const full = new Worker({ id: 3, state: 'online', process });
  assert.strictEqual(full.exitedAfterDisconnect, undefined);
  assert.strictEqual(full.state, 'online');
  assert.strictEqual(full.id, 3);
  assert.strictEqual(full.process, process);

  for (const self of [undefined, null, {}, process]) {
    const called = Worker.call(self, { id: 5 });
    assert.ok(called instanceof Worker);
    assert.notStrictEqual(called, self);
    assert.strictEqual(called.id, 5);
    assert.strictEqual(called.state, 'none');
  }
}

scenario('Worker is constructed with and without new', {
  async primary(cluster) {
    construct(cluster);
    const worker = cluster.fork();
    assert.deepStrictEqual(await exited(worker), [4, null]);
  },
  worker(cluster) {
    construct(cluster);
    process.exit(4);
  },
});

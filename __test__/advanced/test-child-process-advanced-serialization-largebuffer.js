'use strict';

const assert = require('node:assert');
const { on } = require('node:events');
const { scenario, exited } = require('../harness');

const COUNT = 4;
const SIZE = 8 * 1024 * 1024;

/** An array that tells its place, and in which no two pages are alike. */
function large(place) {
  const array = new Uint32Array(SIZE / 4);
  for (let i = 0; i < array.length; i++) array[i] = (i * 31 + place) >>> 0;
  return new Uint8Array(array.buffer);
}

function verify(answer, place) {
  assert.ok(answer instanceof Uint8Array);
  assert.strictEqual(Buffer.compare(answer, large(place)), 0, `array ${place} is not what was sent`);
}

scenario('four arrays of 8 MiB sent back to back arrive whole and in order, both ways', {
  async primary(cluster) {
    cluster.setupPrimary({ serialization: 'advanced' });
    const worker = cluster.fork();
    const inbox = on(worker, 'message');
    const errors = [];
    for (let i = 0; i < COUNT; i++) worker.send(large(i), (error) => errors.push(error));
    for (let i = 0; i < COUNT; i++) verify((await inbox.next()).value[0], i);
    assert.deepStrictEqual(errors, new Array(COUNT).fill(null));
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    process.on('message', (message) => process.send(message));
  },
});

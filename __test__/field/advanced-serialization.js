'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

function values() {
  const cycle = { name: 'cycle' };
  cycle.self = cycle;
  return [
    Buffer.from('buffer'),
    new Map([[{ key: 1 }, new Set(['a', 2])]]),
    new Date(1234567890123),
    12345678901234567890n,
    { big: -1n, nothing: undefined, nan: NaN, zero: -0, infinity: Infinity },
    new Uint8Array([1, 2, 255]),
    new Float64Array([1.5, -0, NaN]),
    new BigInt64Array([1n, -1n]),
    new Uint16Array([1, 2, 3]).subarray(1),
    new Error('an error'),
    new RangeError('out of range'),
    /a.c/gi,
    [1, , 3], // eslint-disable-line no-sparse-arrays
    cycle,
    { cmd: 'ready' },
    'text',
    null,
  ];
}

scenario("serialization: 'advanced' carries what JSON cannot, both ways", {
  async primary(cluster) {
    cluster.setupPrimary({ serialization: 'advanced' });
    const worker = cluster.fork();
    const end = exited(worker);
    await once(worker, 'online');
    for (const [index, value] of values().entries()) {
      const message = { index, value };
      worker.send(message);
      const [echo] = await once(worker, 'message');
      assert.deepStrictEqual(echo, message);
    }
    // Not within an object.
    const map = new Map([['key', 1n]]);
    worker.send(map);
    assert.deepStrictEqual(await once(worker, 'message'), [map, undefined]);
    worker.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker() {
    const expected = values();
    process.on('message', (message) => {
      if (!(message instanceof Map)) assert.deepStrictEqual(message.value, expected[message.index]);
      process.send(message);
    });
  },
});

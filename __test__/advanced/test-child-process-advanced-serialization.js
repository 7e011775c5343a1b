'use strict';

const assert = require('node:assert');
const { on, once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('a serialization that does not exist makes fork throw', {
  async primary(cluster) {
    for (const serialization of ['foo', '', null, 7, 'JSON']) {
      cluster.setupPrimary({ serialization });
      assert.throws(() => cluster.fork(), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_VALUE',
        message: /options\.serialization.*(foo|''|null|7|'JSON')/,
      });
    }
    assert.deepStrictEqual(Object.keys(cluster.workers), []);

    for (const serialization of [undefined, 'json', 'advanced']) {
      cluster.setupPrimary({ serialization });
      const worker = cluster.fork();
      worker.send({ list: [1, 'two'] });
      assert.deepStrictEqual((await once(worker, 'message'))[0], { list: [1, 'two'] });
      assert.deepStrictEqual(await exited(worker), [0, null]);
    }
  },

  worker(cluster) {
    process.once('message', (message) => {
      process.send(message);
      cluster.worker.disconnect();
    });
  },
});

function circular() {
  const object = { list: [1] };
  object.self = object;
  object.list.push(object.list);
  return object;
}

const VALUES = [
  { bigint: 1337n },
  { undefined },
  new Map([['key', new Set([1, 'two'])]]),
  new Date(86_400_000),
  /^expression$/gi,
  new Uint8Array([1, 2, 3]),
  new Float64Array([1.5, -Infinity]),
  new BigInt64Array([-1n]),
  Buffer.from('a buffer'),
  new Uint16Array(new Uint16Array([1, 2, 3, 4]).buffer, 2, 2),
  new DataView(new Uint8Array([1, 2, 3]).buffer, 1),
  new Error('an error'),
  new RangeError('a range error'),
  { 'a large text': 'ß€😀'.repeat(100_000) },
  [NaN, -0, Infinity],
  'text',
  7,
  true,
  null,
];

for (const stdio of [undefined, ['ipc', 'inherit', 'inherit']]) {
  scenario(`advanced values make the round trip, with the channel at ${stdio ? 0 : 3}`, {
    async primary(cluster) {
      cluster.setupPrimary({ serialization: 'advanced', stdio });
      const worker = cluster.fork();
      const inbox = on(worker, 'message');
      for (const value of VALUES) {
        worker.send(value);
        const [answer] = (await inbox.next()).value;
        assert.deepStrictEqual(answer, value);
      }
      // All at once, too: their borders in the stream lie elsewhere.
      for (const value of VALUES) worker.send(value);
      for (const value of VALUES) assert.deepStrictEqual((await inbox.next()).value[0], value);

      worker.send(circular());
      const [answer] = (await inbox.next()).value;
      assert.strictEqual(answer.self, answer);
      assert.strictEqual(answer.list[1], answer.list);

      worker.disconnect();
      assert.deepStrictEqual(await exited(worker), [0, null]);
    },

    worker() {
      process.on('message', (message) => process.send(message));
    },
  });
}

scenario('what cannot be serialized makes send throw, and the channel goes on', {
  async primary(cluster) {
    cluster.setupPrimary({ serialization: 'advanced' });
    const worker = cluster.fork();
    assert.throws(() => worker.send({ f() {} }), /could not be cloned/);
    assert.throws(() => worker.send(1n), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => worker.send(undefined), { code: 'ERR_MISSING_ARGS' });
    worker.send(new Map([[1, 2]]));
    assert.deepStrictEqual((await once(worker, 'message'))[0], new Map([[1, 2]]));
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    process.on('message', (message) => process.send(message));
  },
});

'use strict';

const assert = require('node:assert');
const v8 = require('node:v8');
const { scenario, exited } = require('../harness');

/** What a structured clone makes of it. */
const clone = (value) => v8.deserialize(v8.serialize(value));

function counted() {
  let asked = 0;
  return {
    get asked() {
      return ++asked;
    },
  };
}

/** Each makes a new value; some are nearly what JSON could carry, and not quite. */
const VALUES = [
  () => 'text',
  () => '\ud800 alone',
  () => 0,
  () => -0,
  () => NaN,
  () => Infinity,
  () => true,
  () => null,
  () => ({}),
  () => ({ id: 1, text: 'ü\u2028"', yes: true, no: null }),
  () => ({ zero: -0 }),
  () => ({ missing: undefined }),
  () => ({ big: 1n }),
  () => ({ 2: 'b', a: 'c', 1: 'a' }),
  () => JSON.parse('{"__proto__":1}'),
  () => Object.create(null, { own: { value: 1, enumerable: true } }),
  () => Object.create({ inherited: 1 }),
  () => Object.defineProperty({}, 'hidden', { value: 1 }),
  () => ({ [Symbol('symbol')]: 1, text: 'x' }),
  () => ({ toJSON: 'text' }),
  () => ({ text: 'x'.repeat(5000) }),
  () => ({ list: [1, undefined] }),
  () => new Date(0),
  () => [1, 2],
  () => Buffer.from('a buffer'),
  () => Buffer.alloc(0),
  () => Buffer.alloc(70_000, 'long '),
  () => ({ first: Buffer.from('first'), id: 1, text: 'ü', second: Buffer.alloc(5000, 'x') }),
  () => ({ empty: Buffer.alloc(0), full: Buffer.of(255) }),
  () => ({ toJSON: Buffer.from('a buffer') }),
  () => ({ part: Buffer.from('only a part').subarray(5, 6) }),
  () => ({ shared: Buffer.from(new SharedArrayBuffer(4)) }),
  () => ({ bytes: Uint8Array.of(1, 2), words: Uint16Array.of(1, 2) }),
  () => Object.defineProperty({}, '__proto__', { value: Buffer.from('own'), enumerable: true }),
  () => ({ special: Object.setPrototypeOf(Buffer.from('x'), Object.create(Buffer.prototype)) }),
  counted,
];

/** None of these can be cloned. */
const UNCLONABLE = [
  () => ({ method() {} }),
  () => ({ symbol: Symbol('symbol') }),
  () => new Proxy({ text: 'x' }, {}),
];

scenario("'advanced' carries objects that JSON could nearly carry as a structured clone does", {
  async primary(cluster) {
    cluster.setupPrimary({ serialization: 'advanced' });
    const worker = cluster.fork();
    const values = VALUES.flatMap((make) => [make(), { wrapped: make() }]);
    const expected = VALUES.flatMap((make) => [clone(make()), clone({ wrapped: make() })]);
    const twice = Buffer.from('twice');
    values.push({ one: twice, other: twice });
    expected.push(clone(values.at(-1)));
    for (const value of values) worker.send(value);
    const received = [];
    await new Promise((resolve) => {
      worker.on('message', (message) => received.push(message) === values.length && resolve());
    });
    assert.deepStrictEqual(received, expected);
    assert.strictEqual(received.at(-1).one, received.at(-1).other);
    for (const make of UNCLONABLE) {
      assert.throws(() => clone(make()));
      assert.throws(() => worker.send(make()));
    }
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    process.on('message', (message) => process.send(message));
  },
});

'use strict';

const assert = require('node:assert');
const test = require('node:test');
const queryOf = require('../../lib/query');

/** Numbers that a program may pass, and values that are none. */
const VALUES = [
  0,
  1,
  511,
  4097,
  -1,
  0.5,
  -0.5,
  NaN,
  Infinity,
  2 ** 31,
  2 ** 32,
  1e10,
  2 ** 53,
  '7',
  ' 8 ',
  'x',
  '',
  [],
  [9],
  {},
];

/** The same each time. @returns {() => number} below 1 */
function seeded(seed) {
  return () => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed / 2 ** 31;
  };
}

/** V8's own conversions, in which Node's handles take their arguments. */
const toInt32 = (value) => new Int32Array([value])[0];
const toUint16 = (value) => new Uint16Array([value])[0];

test('a backlog is the one that Node gives to libuv', () => {
  for (const backlog of [...VALUES, false, true, null, undefined]) {
    assert.strictEqual(queryOf({ port: 0, backlog }).backlog, toInt32(backlog || 511), String(backlog));
  }
  assert.throws(() => queryOf({ port: 0, backlog: 1n }), TypeError);
  assert.throws(() => queryOf({ port: 0, backlog: Symbol('s') }), TypeError);
});

test('a descriptor is what it was, or the query is refused', () => {
  for (const fd of VALUES.filter((value) => typeof value === 'number')) {
    const query = queryOf({ port: null, fd });
    if (Number.isInteger(fd) && fd === toInt32(fd)) assert.strictEqual(query.fd, fd);
    else assert.strictEqual(query, undefined, String(fd));
  }
});

test('ten thousand random numbers mean what they mean to libuv', () => {
  const random = seeded(14);
  for (let step = 0; step < 10_000; step++) {
    const magnitude = 2 ** (random() * 60 - 2);
    const number = (random() < 0.5 ? -1 : 1) * (random() < 0.5 ? magnitude : Math.floor(magnitude));
    const fits = Number.isInteger(number) && Math.abs(number) < 2 ** 31;
    const at = `step ${step}: ${number}`;
    assert.strictEqual(queryOf({ port: 0, backlog: number })?.backlog, toInt32(number || 511), at);
    assert.strictEqual(queryOf({ port: number, addressType: 'udp4' }).port, toUint16(number || 0), at);
    assert.strictEqual(queryOf({ port: null, fd: number })?.fd, fits ? number : undefined, at);
    assert.strictEqual(queryOf({ port: number, addressType: 4 })?.port, fits ? number : undefined, at);
  }
});

test('a text is what its bytes in UTF-8 are', () => {
  const random = seeded(41);
  for (let step = 0; step < 1_000; step++) {
    const units = Array.from({ length: 1 + random() * 20 }, () => 0xd700 + Math.floor(random() * 0xa00));
    const text = String.fromCharCode(...units);
    const { address } = queryOf({ address: `/${text}`, port: -1, addressType: -1 });
    assert.deepStrictEqual(Buffer.from(address), Buffer.from(`/${text}`));
    assert.ok(!/\\ud/.test(JSON.stringify(address)), `step ${step}: it is not well formed`);
  }
});

test('an address that no socket holds is refused', () => {
  assert.strictEqual(queryOf({ address: `/${'x'.repeat(5_000)}`, port: -1 }), undefined);
  assert.strictEqual(queryOf({ address: `\0${'€'.repeat(2_000)}`, port: -1 }), undefined);
  assert.ok(queryOf({ address: `${'../'.repeat(2_000)}short`, port: -1 }));
});

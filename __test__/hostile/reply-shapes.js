'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const test = require('node:test');
const read = require('../../lib/reply');
const datagramHandle = require('../../lib/datagram_handle');
const { acceptorOf } = require('../../lib/shared_handle');

const PLACE = { address: '::', family: 'IPv6', port: 80 };
const GOOD = JSON.stringify(PLACE);

/** Names of sockets that no primary tells of a server that listens on a port. */
const WRONG = [
  '',
  '{',
  'null',
  '[]',
  '7',
  '{}',
  '"::"',
  '{"address":1,"family":"IPv6","port":80}',
  '{"address":"::","family":"unix","port":80}',
  '{"address":"::","family":"IPv6","port":"80"}',
  '{"address":"::","family":"IPv6","port":{"valueOf":80}}',
  '{"__proto__":{"address":"::","family":"IPv6","port":80}}',
];

const isAwaited = { address: '::', port: 80, addressType: 6 };

test('a reply is read, or it is an error', () => {
  assert.deepStrictEqual(read(isAwaited, 'dealt', GOOD, 'null'), { sockname: PLACE, data: null });
  assert.deepStrictEqual(read(isAwaited, 'shared', GOOD, '7'), { sockname: PLACE, data: 7 });
  for (const text of WRONG) assert.throws(() => read(isAwaited, 'dealt', text, 'null'), Error, text);
  for (const data of ['', '{', 'undefined']) assert.throws(() => read(isAwaited, 'dealt', GOOD, data));
  assert.throws(() => read(undefined, 'dealt', GOOD, 'null'), /no query waits for it/);
});

test('a reply is of the socket that was asked for', () => {
  const file = { address: '/s', port: -1, addressType: -1 };
  assert.deepStrictEqual(read(file, 'dealt', 'null', 'null'), { sockname: null, data: null });
  assert.throws(() => read(isAwaited, 'dealt', 'null', 'null'), /unexpected sockname/);
  assert.throws(() => read(file, 'dealt', GOOD, 'null'), /unexpected sockname/);
  for (const name of [GOOD, 'null']) read({ fd: 3 }, 'dealt', name, 'null');
  const datagrams = { port: 0, addressType: 'udp4' };
  // Nobody deals datagrams.
  assert.throws(() => read(datagrams, 'dealt', GOOD, 'null'), /unexpected mode/);
  assert.deepStrictEqual(read(datagrams, 'shared', GOOD, 'null').sockname, PLACE);
});

test('a reply gives away nothing but its fields', () => {
  const more = GOOD.replace('"port":80', '"port":80,"__proto__":{"x":1},"y":2');
  assert.deepStrictEqual(read(isAwaited, 'dealt', more, 'null'), read(isAwaited, 'dealt', GOOD, 'null'));
});

test('a descriptor that no handle can open is closed', () => {
  const lane = {};
  for (const open of [(file) => acceptorOf(lane, 1, file), (file) => datagramHandle(file, () => {})]) {
    const file = fs.openSync(__filename);
    assert.strictEqual(open(file), undefined);
    assert.throws(() => fs.fstatSync(file), { code: 'EBADF' });
  }
});

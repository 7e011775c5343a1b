'use strict';

const assert = require('node:assert');
const test = require('node:test');
const read = require('../../lib/reply');

const GOOD =
  '{"seq":7,"errno":0,"mode":"dealt","key":1,"sockname":{"address":"::","family":"IPv6","port":80},"data":null}';

/** Replies to query 7, which waits, and none of which a primary gives. */
const NONSENSE = [
  '',
  'null',
  '[]',
  '7',
  '{}',
  '{"seq":8,"errno":0,"mode":"dealt","key":1,"sockname":null}',
  '{"seq":"7","errno":0,"mode":"dealt","key":1,"sockname":null}',
  '{"seq":{"valueOf":7},"errno":0,"mode":"dealt","key":1,"sockname":null}',
  '{"__proto__":{"seq":7},"errno":0,"mode":"dealt","key":1,"sockname":null}',
  '{"seq":7,"mode":"dealt","key":1,"sockname":null}',
  '{"seq":7,"errno":"EINVAL"}',
  '{"seq":7,"errno":22}',
  '{"seq":7,"errno":-4096}',
  '{"seq":7,"errno":-0.5}',
  '{"seq":7,"errno":null,"mode":"dealt","key":1,"sockname":null}',
  '{"seq":7,"errno":0}',
  '{"seq":7,"errno":0,"mode":"dealt","key":-1,"sockname":null}',
  '{"seq":7,"errno":0,"mode":"dealt","key":"1","sockname":null}',
  '{"seq":7,"errno":0,"mode":"dealt","key":1,"sockname":"::"}',
  '{"seq":7,"errno":0,"mode":"dealt","key":1,"sockname":{}}',
  '{"seq":7,"errno":0,"mode":"dealt","key":1,"sockname":{"address":1,"family":"IPv6","port":80}}',
  '{"seq":7,"errno":0,"mode":"dealt","key":1,"sockname":{"address":"::","family":"unix","port":80}}',
  '{"seq":7,"errno":0,"mode":"dealt","key":1,"sockname":{"address":"::","family":"IPv6","port":"80"}}',
];

const queryOf = (query) => (seq) => (seq === 7 ? query : undefined);
const isAwaited = queryOf({ address: '::', port: 80, addressType: 6 });

test('a reply is read, or it is an error', () => {
  const sockname = { address: '::', family: 'IPv6', port: 80 };
  const good = { seq: 7, errno: 0, mode: 'dealt', key: 1, data: null, sockname };
  assert.deepStrictEqual(read(GOOD, -1, isAwaited), good);
  assert.deepStrictEqual(read('{"seq":7,"errno":-22}', -1, isAwaited), { seq: 7, errno: -22 });
  assert.throws(() => read('{"seq":7,"errno":-22}', 20, isAwaited), /a descriptor came with an error/);
  for (const text of NONSENSE) assert.throws(() => read(text, -1, isAwaited), text);
});

test('a descriptor comes with the reply of a shared handle, and with no other', () => {
  const shared = GOOD.replace('dealt', 'shared');
  assert.strictEqual(read(shared, 20, isAwaited).mode, 'shared');
  // An error number in its place: there was no room for it.
  assert.strictEqual(read(shared, -24, isAwaited).mode, 'shared');
  assert.throws(() => read(shared, -1, isAwaited), /descriptor -1 with mode shared/);
  assert.throws(() => read(GOOD, 20, isAwaited), /descriptor 20 with mode dealt/);
  for (const mode of ['', 'Shared', '__proto__']) {
    assert.throws(() => read(GOOD.replace('dealt', mode), -1, isAwaited), /unexpected mode/);
  }
  assert.throws(() => read(GOOD.replace('"mode":"dealt",', ''), -1, isAwaited), /unexpected mode/);
});

test('a reply is of the socket that was asked for', () => {
  const dealt = (sockname) => GOOD.replace(/\{"address.*80\}/, JSON.stringify(sockname));
  const [port, file] = [isAwaited, queryOf({ address: '/s', port: -1, addressType: -1 })];
  assert.strictEqual(read(dealt(null), -1, file).mode, 'dealt');
  assert.throws(() => read(dealt(null), -1, port), /unexpected sockname/);
  assert.throws(() => read(GOOD, -1, file), /unexpected sockname/);
  const inherited = queryOf({ fd: 3 });
  for (const text of [GOOD, dealt(null)]) assert.strictEqual(read(text, -1, inherited).mode, 'dealt');
  // Nobody deals datagrams.
  assert.throws(() => read(GOOD, -1, queryOf({ port: 0, addressType: 'udp4' })), /unexpected mode/);
});

test('a reply gives away nothing but its fields', () => {
  const more = GOOD.replace('"port":80', '"port":80,"__proto__":{"x":1},"y":2').replace('{', '{"z":3,');
  assert.deepStrictEqual(read(more, -1, isAwaited), read(GOOD, -1, isAwaited));
});

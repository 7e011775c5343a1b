'use strict';

// What waits for a systemd that does not read.

const assert = require('node:assert');
const { constants } = require('node:os');
const test = require('node:test');
const { settled, skipBuiltin } = require('../harness');
const Systemd = require('../../lib/operate/systemd');

test('only the newest states wait, in order', { skip: skipBuiltin('it has no supervise()') }, async () => {
  const heard = [];
  let status = -constants.errno.EAGAIN;
  const systemd = new Systemd({ send: (states) => (status === 0 && heard.push(states), status) });
  for (let at = 0; at < 10_000; at++) systemd.tell(`STATUS=${at}`);
  status = 0;
  await settled(() => heard.length > 0);
  assert.ok(heard.length > 10 && heard.length < 1000, `${heard.length}`);
  assert.deepStrictEqual(
    heard,
    heard.map((_, at) => `STATUS=${10_000 - heard.length + at}`),
  );
});

'use strict';

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { WAYS, program } = require('../fixtures/program');

const IDLE = path.join(__dirname, 'fixtures/idle.js');
const NOTHING = path.join(__dirname, 'fixtures/nothing.js');

for (const [way, options] of Object.entries(WAYS)) {
  test(`${way}: a process that never forks loads no addon, starts no thread, sees no difference`, async () => {
    // Node itself does one thing or another for a preload.
    const without = JSON.parse(JSON.stringify(options).replace('rs-cluster/register', NOTHING));
    const [ours, plain] = await Promise.all([program(IDLE, options), program(IDLE, without)]);
    assert.strictEqual(ours.code, 0, ours.stderr);
    assert.strictEqual(ours.said.addon, false);
    assert.deepStrictEqual(ours.said, plain.said);
  });
}

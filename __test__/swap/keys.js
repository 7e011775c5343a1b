'use strict';

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { WAYS, program } = require('../fixtures/program');

const KEYS = path.join(__dirname, 'fixtures/keys.js');

for (const [way, options] of Object.entries(WAYS)) {
  test(`${way}: own keys of cluster, their order and their types are the builtin's`, async () => {
    const [ours, builtin] = await Promise.all([program(KEYS, options), program(KEYS)]);
    assert.strictEqual(ours.code, 0, ours.stderr);
    assert.deepStrictEqual(ours.said, builtin.said);
    assert.ok(ours.said.primary.cluster.length > 10 && ours.said.worker.cluster.length > 5);
  });
}

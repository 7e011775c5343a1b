'use strict';

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const { program } = require('../fixtures/program');

const ours = { skip: skipBuiltin() };

test('a cluster that stands alone leaves node:cluster as it is, and both have workers', ours, async () => {
  const file = path.join(__dirname, 'fixtures/both.js');
  const { code, said, stderr } = await program(file);
  const all = {
    untouched: true,
    keys: true,
    // Each knows its own worker only.
    builtin: { id: 1, addon: false, same: true, heard: ['builtin'] },
    ours: { id: 1, addon: true, same: true, heard: ['ours'] },
  };
  assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
});

test(
  'rs-cluster after rs-cluster/standalone is the same, and node:cluster stays as it is',
  ours,
  async () => {
    const { said, stderr } = await program(path.join(__dirname, 'fixtures/order.js'), {
      args: ['rs-cluster/standalone', 'rs-cluster'],
    });
    assert.deepStrictEqual(said, { same: true, swapped: false }, stderr);
  },
);

test('rs-cluster/standalone after rs-cluster is too late', ours, async () => {
  const { said, stderr } = await program(path.join(__dirname, 'fixtures/order.js'), {
    args: ['rs-cluster', 'rs-cluster/standalone'],
  });
  assert.deepStrictEqual(said, { code: 'ERR_RS_CLUSTER_TOO_LATE', swapped: true }, stderr);
});

'use strict';

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const { program } = require('../fixtures/program');

const ours = { skip: skipBuiltin() };

const USED = path.join(__dirname, 'fixtures/used-before.js');

test('node:cluster has workers: rs-cluster comes too late, and leaves them alone', ours, async () => {
  const { code, said, stderr } = await program(USED, { args: ['fork', 'rs-cluster'] });
  const all = {
    code: 'ERR_RS_CLUSTER_TOO_LATE',
    warnings: [],
    addon: false,
    settings: true,
    exit: [0, true],
  };
  assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
});

test('node:cluster has workers: register warns once, and leaves them alone', ours, async () => {
  const { code, said } = await program(USED, { args: ['fork', 'rs-cluster/register'] });
  const all = { warnings: ['RS_CLUSTER_FALLBACK'], addon: false, settings: true, exit: [0, true] };
  assert.deepStrictEqual({ code, said }, { code: 0, said: all });
});

test('node:cluster has settings and listeners: rs-cluster has them too', ours, async () => {
  const { code, said, stderr } = await program(USED, { args: ['settings', 'rs-cluster'] });
  const all = { warnings: [], addon: true, settings: true, exit: [0, true] };
  assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
});

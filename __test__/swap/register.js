'use strict';

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { BUILTIN } = require('../harness');
const { WAYS, program } = require('../fixtures/program');

const FAMILY = path.join(__dirname, 'fixtures/family.js');
const NAMES = path.join(__dirname, 'fixtures/names.mjs');

const OURS = !BUILTIN;

for (const [way, options] of Object.entries(WAYS)) {
  test(`${way}: a primary, its worker, a primary that the worker forks, and that one's worker`, async () => {
    const { code, said, stderr } = await program(FAMILY, { ...options, args: ['fork'] });
    const all = { primary: OURS, worker: OURS, nested: { primary: OURS, worker: OURS } };
    assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
  });

  test(`${way}: a primary that a worker spawns without any flag`, async () => {
    const { code, said, stderr } = await program(FAMILY, { ...options, args: ['spawn'] });
    // The command line is not inherited; the environment is.
    const nested = OURS && options.env !== undefined;
    const all = { primary: OURS, worker: OURS, nested: { primary: nested, worker: nested } };
    assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
  });

  test(`${way}: all names of cluster are names of one object, in the primary and in a worker`, async () => {
    const { code, said, stderr } = await program(NAMES, { ...options, args: OURS ? ['rs-cluster'] : [] });
    const same = { require: true, prefixed: true, getBuiltinModule: true, named: true, package: true };
    const all = { primary: same, worker: same, addon: OURS };
    assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
  });
}

'use strict';

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const { program } = require('../fixtures/program');

const ours = { skip: skipBuiltin() };

for (const name of ['rs-cluster', 'rs-cluster/standalone']) {
  test(`an ES module imports the names of ${name}, in the primary and in its worker`, ours, async () => {
    const file = path.join(__dirname, `fixtures/imports-${path.basename(name)}.mjs`);
    const { code, said, stderr } = await program(file);
    // What a worker has not, is undefined there. (Of node:cluster, to import it is an error.)
    const primary = { isPrimary: true, fork: 'function', worker: 'undefined', workers: 'object' };
    const worker = { isPrimary: false, fork: 'undefined', worker: 'object', workers: 'undefined' };
    const both = { Worker: 'function', same: true };
    const all = [
      { ...primary, ...both, addon: true },
      { ...worker, ...both, addon: true },
    ];
    assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
  });
}

test('a reference to node:cluster from before rs-cluster was loaded is rs-cluster now', ours, async () => {
  const { code, said, stderr } = await program(path.join(__dirname, 'fixtures/held-before.mjs'));
  const all = { object: true, namespace: true, binding: true, forked: true };
  assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
});

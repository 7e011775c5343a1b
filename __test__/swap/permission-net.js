'use strict';

/** The right to use the network, of Node's permission model: Node 25 and later. */

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin, NODE } = require('../harness');
const { program } = require('../fixtures/program');

const LISTENS = path.join(__dirname, 'fixtures/listens.js');

const FLAGS = [
  '--permission',
  '--allow-fs-read=*',
  '--allow-fs-write=*',
  '--allow-child-process',
  '--allow-addons',
];
const REGISTER = ['-r', 'rs-cluster/register'];

const skip =
  skipBuiltin('its primary throws, and its worker waits') || (NODE < 25 && 'there is no such right');

/** @returns {Promise<object>} by kind, what listening came to */
async function outcomes(execArgv, ...args) {
  const { code, said, stderr } = await program(LISTENS, { execArgv, args });
  assert.strictEqual(code, 0, stderr);
  return said;
}

const codes = (all) => [...new Set(Object.values(all).map(({ code }) => code))];

test(
  'without --allow-net a worker is refused as a process alone: thrown or emitted, word for word',
  { skip },
  async () => {
    const [alone, worker, only] = await Promise.all([
      outcomes(FLAGS, 'alone'),
      outcomes([...FLAGS, ...REGISTER], 'cluster'),
      // Here the primary has the right, and its worker has not.
      outcomes(REGISTER, 'cluster', ...FLAGS, ...REGISTER),
    ]);
    assert.deepStrictEqual(codes(alone), ['ERR_ACCESS_DENIED']);
    assert.deepStrictEqual(worker, alone);
    assert.deepStrictEqual(only, alone);
  },
);

test('a worker with the right, whose primary has none, gets EACCES', { skip }, async () => {
  const flags = [...FLAGS, '--allow-net', ...REGISTER];
  const { exclusive, ...others } = await outcomes([...FLAGS, ...REGISTER], 'cluster', ...flags);
  assert.deepStrictEqual(codes(others), ['EACCES']);
  // For this one no primary is asked.
  assert.deepStrictEqual(exclusive, { how: 'listens' });
});

test('with --allow-net a worker listens', { skip }, async () => {
  const flags = [...FLAGS, '--allow-net'];
  const [alone, worker] = await Promise.all([
    outcomes(flags, 'alone'),
    outcomes([...flags, ...REGISTER], 'cluster'),
  ]);
  assert.deepStrictEqual(codes(alone), [undefined]);
  assert.deepStrictEqual(worker, alone);
});

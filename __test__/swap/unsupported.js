'use strict';

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin, NODE } = require('../harness');
const { program } = require('../fixtures/program');

const ours = { skip: skipBuiltin() };

const FORKS = path.join(__dirname, 'fixtures/forks.js');

const THREAD = path.join(__dirname, 'fixtures/has-thread.js');
const SERVES = path.join(__dirname, 'fixtures/serves.js');

const PERMISSION = NODE >= 22 ? '--permission' : '--experimental-permission';

/** Conditions in which rs-cluster cannot run: how a test makes them, and what the error says. */
const PLACES = {
  'another system': {
    execArgv: ['-r', './elsewhere/darwin.js'],
    says: /runs on Linux only, and this is darwin/,
  },
  'another processor': {
    execArgv: ['-r', './elsewhere/riscv64.js'],
    says: /no addon for linux-riscv64; install/,
  },
  '--no-addons': { execArgv: ['--no-addons'], says: /addons are disabled: use --allow-addons/ },
  [PERMISSION]: {
    execArgv: [PERMISSION, '--allow-fs-read=*', '--allow-fs-write=*', '--allow-child-process'],
    says: /addons are disabled: use --allow-addons/,
    skip: NODE < 20 && 'Node 18 has no permissions',
  },
};

const inFixtures = (options) => ({ ...options, cwd: path.join(__dirname, 'fixtures') });

for (const [place, { execArgv, says, skip }] of Object.entries(PLACES)) {
  const options = { skip: ours.skip || skip || false };

  test(`${place}: rs-cluster throws one error that says why and what to do`, options, async () => {
    for (const name of ['rs-cluster', 'rs-cluster/standalone']) {
      const { code, said } = await program(FORKS, inFixtures({ execArgv, args: [name] }));
      assert.deepStrictEqual(said, { error: 'ERR_RS_CLUSTER_UNSUPPORTED', message: said.message });
      assert.match(said.message, says);
      assert.strictEqual(code, 0);
    }
  });

  test(`${place}: register warns once, and the builtin does the work`, options, async () => {
    const preloaded = inFixtures({ execArgv: [...execArgv, '-r', 'rs-cluster/register'] });
    const { code, said, stderr } = await program(FORKS, preloaded);
    const { message } = said.warnings[0];
    const warnings = [{ code: 'RS_CLUSTER_FALLBACK', message }];
    // A worker is told nothing: it has no choice.
    assert.deepStrictEqual(said, { addon: false, warnings, worker: { addon: false, warnings: [] } }, stderr);
    assert.match(message, says);
    assert.match(message, /Node's own cluster is used$/);
    assert.strictEqual(code, 0);
  });
}

test('register warns once, though the process has a thread', ours, async () => {
  const execArgv = ['-r', './elsewhere/darwin.js', '-r', 'rs-cluster/register'];
  const { said, stderr } = await program(THREAD, inFixtures({ execArgv }));
  assert.deepStrictEqual(said, { ended: true });
  assert.strictEqual(stderr.match(/RS_CLUSTER_FALLBACK/g).length, 1, stderr);
});

const permissions = { skip: ours.skip || (NODE < 20 && 'Node 18 has no permissions') };

test('permissions with --allow-addons are no obstacle', permissions, async () => {
  const flags = ['--allow-fs-read=*', '--allow-fs-write=*', '--allow-child-process', '--allow-addons'];
  if (NODE >= 25) flags.push('--allow-net');
  const { code, said, stderr } = await program(SERVES, { execArgv: [PERMISSION, ...flags] });
  const all = { addon: true, texts: ['served', 'served'] };
  assert.deepStrictEqual({ code, said }, { code: 0, said: all }, stderr);
});

test('RS_CLUSTER=off: rs-cluster is node:cluster, and register does nothing', ours, async () => {
  const env = { RS_CLUSTER: 'off' };
  const nothing = { addon: false, warnings: [] };
  const all = { ...nothing, worker: nothing };
  for (const options of [
    { args: ['rs-cluster'] },
    { args: ['rs-cluster/standalone'] },
    { execArgv: ['-r', 'rs-cluster/register'] },
    { execArgv: ['-r', './elsewhere/darwin.js', '-r', 'rs-cluster/register'] },
  ]) {
    const { code, said, stderr } = await program(FORKS, inFixtures({ ...options, env }));
    assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
  }
});

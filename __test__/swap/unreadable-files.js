'use strict';

/** Files of the package that are not there, or that this user may not read. */

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin, NODE } = require('../harness');
const { install } = require('../fixtures/installed');
const { program } = require('../fixtures/program');

const PROGRAM = path.join(__dirname, 'fixtures/falls-back.js');
const FORKS = path.join(__dirname, 'fixtures/forks-as.js');
const REGISTER = ['-r', 'rs-cluster/register'];

/** What the primary loads at once, at its first fork, and never. */
const FILES = ['lib/cluster.js', 'lib/primary.js', 'lib/fork.js', 'lib/preload.js', 'lib/child.js'];

/** A user whom files of ours do not belong to. */
const NOBODY = 65534;
const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
const isRoot = process.getuid() === 0;
const [command, ...args] = AS_NOBODY;
const cannotBecome =
  isRoot &&
  spawnSync(command, [...args, process.execPath, '--version']).status !== 0 &&
  'nobody runs no Node';

const skip = skipBuiltin();

/** Runs a program as a user who is bound by rights. */
function unprivileged(file, execArgv, cwd) {
  const [exec, ...flags] = [...(isRoot ? AS_NOBODY : []), process.execPath, ...execArgv, file];
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const { stdout, stderr, status } = spawnSync(exec, flags, { cwd, env, encoding: 'utf8' });
  return { code: status, said: stdout && JSON.parse(stdout), stderr };
}

function installed(name, program) {
  const all = install(name.replaceAll(/\W/g, '-'), program);
  // The folder of all temporary files is root's own.
  if (isRoot) fs.chmodSync(path.dirname(all.cwd), 0o755);
  return all;
}

function assertFallenBack({ code, said, stderr }) {
  assert.strictEqual(code, 0, stderr);
  assert.strictEqual(said.text, 'argument variable');
  assert.strictEqual(stderr.match(/RS_CLUSTER_FALLBACK/g).length, 1, stderr);
  assert.match(stderr, /the right to read .*, or install it again/);
}

for (const missing of FILES) {
  test(`${missing} is not there: register warns, and the builtin does the work`, { skip }, async () => {
    const { cwd, program: file, installed: folder } = installed(`no ${missing}`, PROGRAM);
    fs.rmSync(path.join(folder, missing));
    assertFallenBack(await program(file, { execArgv: REGISTER, cwd }));
  });

  test(
    `${missing} may not be read: register warns, and the builtin does the work`,
    {
      skip: skip || cannotBecome,
    },
    () => {
      const { cwd, program: file, installed: folder } = installed(`secret ${missing}`, PROGRAM);
      fs.chmodSync(path.join(folder, missing), 0);
      assertFallenBack(unprivileged(file, REGISTER, cwd));
    },
  );
}

test('fork() of rs-cluster throws, if a file that it needs is not there', { skip }, async () => {
  const { cwd, program: file, installed: folder } = installed('required', PROGRAM);
  fs.rmSync(path.join(folder, 'lib/preload.js'));
  const { said } = await program(file, { env: { PACKAGE: 'rs-cluster' }, cwd });
  assert.strictEqual(said.error, 'ERR_RS_CLUSTER_UNSUPPORTED');
  assert.match(said.message, /cannot load its own files in .*preload/);
});

test(
  'workers of another user who may not read the package: the primary is told',
  {
    skip: skip || (!isRoot && 'only root may') || cannotBecome,
  },
  async () => {
    const { cwd, program: file, installed: folder } = installed('of another user', FORKS);
    fs.chmodSync(folder, 0o700);
    const env = { SETTINGS: JSON.stringify({ uid: NOBODY, gid: NOBODY }) };
    const { code, said, stderr } = await program(file, { execArgv: REGISTER, cwd, env });
    assert.deepStrictEqual({ code, exit: said.exit }, { code: 0, exit: [1, null] }, stderr);
    assert.match(said.warnings.join(), /Can its user \(settings\.uid, settings\.gid\) read the files in/);
    fs.chmodSync(folder, 0o755);
    const well = await program(file, { execArgv: REGISTER, cwd, env });
    assert.deepStrictEqual(well.said, { exit: [0, null], warnings: [] }, well.stderr);
  },
);

/** A worker with fewer rights than its primary, and what it says. */
const RIGHTS = {
  'no addons': [['--allow-fs-read=*'], 20, /addons are disabled: use --allow-addons/],
  'no files of the package': [['--allow-addons'], 22, /--allow-addons and --allow-fs-read=/],
};

for (const [name, [rights, since, says]] of Object.entries(RIGHTS)) {
  test(
    `permission model: a worker that may load ${name} says what it needs`,
    {
      skip: skip || (NODE < since && 'its permissions are another matter'),
    },
    async () => {
      const { cwd, program: file } = installed(`rights ${name}`, FORKS);
      const permission = NODE < 22 ? '--experimental-permission' : '--permission';
      const execArgv = [permission, ...rights, `--allow-fs-read=${file}`];
      const env = { SETTINGS: JSON.stringify({ execArgv }) };
      const { code, said, stderr } = await program(file, { execArgv: REGISTER, cwd, env });
      assert.deepStrictEqual({ code, exit: said.exit }, { code: 0, exit: [1, null] }, stderr);
      assert.match(stderr, /ERR_RS_CLUSTER_NOT_A_WORKER/);
      assert.match(stderr, says);
    },
  );
}

'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const { skipBuiltin, temporaryPath } = require('../harness');
const { install } = require('../fixtures/installation');
const { program } = require('../fixtures/program');

const ours = { skip: skipBuiltin() };

/** A folder with a program in it, and the package beside it: installed, or linked. */
function project(name, isLinked = false) {
  const folder = fs.realpathSync(fs.mkdtempSync(temporaryPath(name)));
  for (const file of ['tells.js', 'child.js']) {
    fs.copyFileSync(path.join(__dirname, 'fixtures', file), path.join(folder, file));
  }
  if (!isLinked) return { folder, installed: install(folder) };
  const installed = path.join(folder, 'node_modules/rs-cluster');
  fs.mkdirSync(path.dirname(installed));
  fs.symlinkSync(path.join(__dirname, '../..'), installed);
  return { folder, installed };
}

const NAMES = [
  'with space',
  'with"quote',
  'back\\slash',
  '$HOME',
  "it's",
  'ünï☃',
  '%20#?',
  ' --require x',
  'a\nb',
];

for (const name of NAMES) {
  test(`the package may be in a folder like ${JSON.stringify(name)}`, ours, async () => {
    const { folder, installed } = project(name);
    for (const NODE_OPTIONS of [undefined, '--no-warnings']) {
      // By its path: Node finds no package by its name behind a backslash.
      const env = { CLUSTER_NAME: installed, NODE_OPTIONS };
      const { code, said, stderr } = await program(path.join(folder, 'tells.js'), { cwd: folder, env });
      const options = NODE_OPTIONS ?? null;
      const all = { isWorker: true, same: true, isHidden: true, execArgv: [], options, child: 0 };
      assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
    }
  });
}

/** `--preserve-symlinks` on one side, or on both. */
const PRESERVED = {
  neither: {},
  'both by a flag': { execArgv: ['--preserve-symlinks'] },
  'both by a variable': { env: { NODE_PRESERVE_SYMLINKS: '1' } },
  'the primary by a flag, the worker not': { execArgv: ['--preserve-symlinks'], workers: [] },
  'the worker by a flag': { workers: ['--preserve-symlinks'] },
  'the worker by a variable': { env: { GIVEN: '{"NODE_PRESERVE_SYMLINKS":"1"}' } },
  'the worker by NODE_OPTIONS': {
    env: { GIVEN: '{"NODE_OPTIONS":"--preserve-symlinks"}' },
    options: '--preserve-symlinks',
  },
};

for (const [who, { execArgv = [], env, workers = execArgv, options = null }] of Object.entries(PRESERVED)) {
  test(`a linked package, and symbolic links are preserved by ${who}`, ours, async () => {
    const { folder } = project('linked', true);
    const variables = { CLUSTER_NAME: 'rs-cluster', EXEC_ARGV: JSON.stringify(workers), ...env };
    const file = path.join(folder, 'tells.js');
    const { code, said, stderr } = await program(file, { cwd: folder, execArgv, env: variables });
    const all = { isWorker: true, same: true, isHidden: true, execArgv: workers, options, child: 0 };
    assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
  });
}

/** A flag that names the package, and how a worker that starts elsewhere names it. */
const FLAGS = {
  '-r': (file) => ['-r', file],
  '--require=': (file) => [`--require=${file}`],
  '--import': (file) => ['--import', pathToFileURL(file).href],
  '--import=': (file) => [`--import=${pathToFileURL(file).href}`],
};

for (const [flag, absolute] of Object.entries(FLAGS)) {
  const named = flag.endsWith('=') ? [`${flag}rs-cluster/register`] : [flag, 'rs-cluster/register'];

  test(`${named.join(' ')}: workers in another folder find it, and so do their children`, ours, async () => {
    const { folder, installed } = project('elsewhere');
    const file = path.join(folder, 'tells.js');
    const flags = absolute(path.join(installed, 'register.js'));
    for (const elsewhere of [{ CWD: '/' }, { CHDIR: '/' }]) {
      const { code, said, stderr } = await program(file, { cwd: folder, execArgv: named, env: elsewhere });
      const all = { isWorker: true, same: true, isHidden: true, execArgv: flags, options: null, child: 0 };
      assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
    }
  });

  test(`NODE_OPTIONS with ${named.join(' ')}: workers in another folder find it`, ours, async () => {
    const { folder, installed } = project('elsewhere');
    const file = path.join(folder, 'tells.js');
    const NODE_OPTIONS = `--no-warnings  ${named.join('  ')} --no-deprecation`;
    const flags = absolute(path.join(installed, 'register.js')).join('  ');
    const options = `--no-warnings  ${flags.replace(/[^= ]+$/, '"$&"')} --no-deprecation`;
    const env = { NODE_OPTIONS, CWD: '/' };
    const { code, said, stderr } = await program(file, { cwd: folder, env });
    const all = { isWorker: true, same: true, isHidden: true, execArgv: [], options, child: 0 };
    assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
  });
}

/** Other spellings of it in NODE_OPTIONS, and what becomes of each: the file is put for FILE. */
const SPELLINGS = {
  '"--require=rs-cluster/register"': '--require=FILE',
  '"-r" "rs-cluster/register"': '"-r" FILE',
  '"-r" rs-cluster/register': '"-r" FILE',
  '--require rs-"cluster"/register': '--require FILE',
  '"--re"quire="rs-\\cluster"/register --no-warnings': '--require=FILE --no-warnings',
  '--title="a -r rs-cluster/register" -r rs-cluster/register': '--title="a -r rs-cluster/register" -r FILE',
};

for (const [given, wanted] of Object.entries(SPELLINGS)) {
  test(`NODE_OPTIONS with ${given}: workers in another folder find it`, ours, async () => {
    const { folder, installed } = project('spelled');
    const env = { NODE_OPTIONS: given, CWD: '/' };
    const { code, said, stderr } = await program(path.join(folder, 'tells.js'), { cwd: folder, env });
    const options = wanted.replace('FILE', `"${path.join(installed, 'register.js')}"`);
    const all = { isWorker: true, same: true, isHidden: true, execArgv: [], options, child: 0 };
    assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
  });
}

test('workers in the same folder keep flags and NODE_OPTIONS as they are', ours, async () => {
  const { folder } = project('here');
  const execArgv = ['-r', 'rs-cluster/register'];
  const env = { NODE_OPTIONS: '--require  "rs-cluster/register"', CWD: folder };
  const { said } = await program(path.join(folder, 'tells.js'), { cwd: folder, execArgv, env });
  const all = { isWorker: true, same: true, isHidden: true, execArgv, options: env.NODE_OPTIONS, child: 0 };
  assert.deepStrictEqual(said, all);
});

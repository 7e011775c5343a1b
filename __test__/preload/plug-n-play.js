'use strict';

// Yarn's Plug'n'Play, simulated: the files of the package can be read only by a process that has run
// `.pnp.cjs`, as those in a zip. A project of the real Yarn was tried by hand.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin, temporaryPath } = require('../harness');
const { install } = require('../fixtures/installation');
const { program } = require('../fixtures/program');

const ours = { skip: skipBuiltin() };

const FIXTURES = path.join(__dirname, 'fixtures');

/** Nobody can read them like this. */
function scramble(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) scramble(file);
    else if (entry.name.endsWith('.js')) fs.writeFileSync(file, fs.readFileSync(file, 'base64'));
  }
}

let folder;

function project() {
  if (folder !== undefined) return folder;
  folder = fs.realpathSync(fs.mkdtempSync(temporaryPath('plug n play')));
  scramble(install(folder));
  for (const name of ['tells.js', 'child.js', '.pnp.cjs']) {
    fs.copyFileSync(path.join(FIXTURES, name), path.join(folder, name));
  }
  return folder;
}

/** How a user, or `yarn run`, names Yarn's preload. */
const WAYS = {
  NODE_OPTIONS: () => ({ options: `--require ${JSON.stringify(path.join(project(), '.pnp.cjs'))}` }),
  'NODE_OPTIONS, with another': () => ({
    options: `--require ${JSON.stringify(path.join(project(), '.pnp.cjs'))} --no-deprecation`,
  }),
  'a flag': () => ({ execArgv: ['-r', './.pnp.cjs'] }),
};

for (const [way, how] of Object.entries(WAYS)) {
  test(`Yarn's preload in ${way}: workers run after it`, ours, async () => {
    const { execArgv = [], options } = how();
    const cwd = project();
    const env = { CLUSTER_NAME: 'rs-cluster', NODE_OPTIONS: options };
    const { code, said, stderr } = await program(path.join(cwd, 'tells.js'), { cwd, execArgv, env });
    const all = { isWorker: true, same: true, isHidden: true, execArgv, options: options ?? null, child: 0 };
    assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
  });
}

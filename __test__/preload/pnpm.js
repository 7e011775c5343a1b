'use strict';

/** pnpm's layout: the package is a link, and its addon's package stands beside what the link leads to. */

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin, temporaryPath } = require('../harness');
const { ADDON, install } = require('../fixtures/installed');
const { program } = require('../fixtures/program');

const PROGRAM = path.join(__dirname, '../swap/fixtures/falls-back.js');

/** @returns {{ cwd: string, file: string }} */
function project() {
  const { installed } = install('unlinked', PROGRAM);
  const cwd = temporaryPath('linked');
  const store = path.join(cwd, 'node_modules/.pnpm/rs-cluster@0.1.0/node_modules');
  fs.mkdirSync(store, { recursive: true });
  const [addon] = fs.readdirSync(path.join(installed, 'dist'));
  fs.rmSync(path.join(installed, 'dist'), { recursive: true });
  fs.renameSync(installed, path.join(store, 'rs-cluster'));
  // `rs-cluster.linux-x64-gnu.node` is of the package `rs-cluster-linux-x64-gnu`.
  const beside = path.join(store, addon.replace('.', '-').replace('.node', ''));
  fs.mkdirSync(beside);
  fs.writeFileSync(path.join(beside, addon), ADDON);
  fs.writeFileSync(path.join(beside, 'package.json'), JSON.stringify({ main: addon }));
  fs.symlinkSync(path.join(store, 'rs-cluster'), path.join(cwd, 'node_modules/rs-cluster'));
  const file = path.join(cwd, 'falls-back.js');
  fs.copyFileSync(PROGRAM, file);
  return { cwd, file };
}

test(
  'the addon is found with and without --preserve-symlinks',
  {
    skip: skipBuiltin(),
  },
  async () => {
    const { cwd, file } = project();
    for (const flags of [[], ['--preserve-symlinks'], ['--preserve-symlinks', '--preserve-symlinks-main']]) {
      const { code, said, stderr } = await program(file, {
        execArgv: [...flags, '-r', 'rs-cluster/register'],
        cwd,
      });
      const { text, warnings, prototype } = said;
      const all = { text: 'argument variable', warnings: [], prototype: false };
      assert.deepStrictEqual({ code, text, warnings, prototype }, { code: 0, ...all }, stderr);
    }
  },
);

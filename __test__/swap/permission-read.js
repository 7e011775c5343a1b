'use strict';

/** Node's permission model, and no right to read what rs-cluster is made of. */

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin, NODE } = require('../harness');
const { install } = require('../fixtures/installed');
const { program } = require('../fixtures/program');

const PROGRAM = path.join(__dirname, 'fixtures/falls-back.js');

/** What may be read beside the program. Node itself reads a preload, but not before Node 22. */
const READABLE = {
  'the preload': ['register.js'],
  'all but the addon': ['register.js', 'index.js', 'package.json', 'lib/*'],
};

const FLAGS = [
  '--permission',
  '--allow-child-process',
  '--allow-addons',
  ...(NODE >= 25 ? ['--allow-net'] : []),
];

const skip = skipBuiltin() || (NODE < 22 && 'its permissions are another matter');

for (const [name, files] of Object.entries(READABLE)) {
  test(`if only ${name} can be read, register warns, and the builtin does the work`, { skip }, async () => {
    const { cwd, program: file, installed } = install(name, PROGRAM);
    const rights = [file, ...files.map((each) => path.join(installed, each))];
    const execArgv = [...FLAGS, ...rights.map((each) => `--allow-fs-read=${each}`)];
    const preload = ['-r', path.join(installed, 'register.js')];
    const { code, said, stderr } = await program(file, { execArgv: [...execArgv, ...preload], cwd });
    assert.strictEqual(code, 0, stderr);
    assert.strictEqual(said.text, 'argument variable');
    assert.strictEqual(stderr.match(/RS_CLUSTER_FALLBACK/g).length, 1, stderr);
    assert.match(stderr, /--allow-fs-read|--permission/);
  });
}

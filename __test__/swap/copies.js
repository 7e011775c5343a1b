'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const { install } = require('../fixtures/installation');
const { program } = require('../fixtures/program');

const APPLICATION = path.join(__dirname, 'fixtures/two-copies.js');

/** An application that has rs-cluster, and a package that has a copy of its own. */
async function application(options) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-')));
  try {
    const dependency = path.join(folder, 'node_modules/dependency');
    install(folder);
    install(dependency);
    fs.writeFileSync(path.join(dependency, 'index.js'), "module.exports = require('rs-cluster');\n");
    const file = path.join(folder, 'application.js');
    fs.copyFileSync(APPLICATION, file);
    return await program(file, { ...options, cwd: folder });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const ways = {
  'the application loads its own first': { args: ['rs-cluster', 'dependency'] },
  'the package loads its own first': { args: ['dependency', 'rs-cluster'] },
  'the application stands alone, the package does not know': {
    args: ['rs-cluster/standalone', 'dependency'],
  },
  "a preload loads the application's": {
    execArgv: ['-r', 'rs-cluster/register'],
    args: ['dependency', 'rs-cluster'],
  },
};

for (const [way, options] of Object.entries(ways)) {
  test(`two copies of the package are one cluster: ${way}`, { skip: skipBuiltin() }, async () => {
    const { code, said, stderr } = await application(options);
    const one = { same: true, copies: 2, addons: 1 };
    const all = { ...one, workers: { 1: { ...one, id: 1 }, 2: { ...one, id: 2 } } };
    assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
  });
}

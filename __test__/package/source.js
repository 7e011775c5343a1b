'use strict';

/**
 * From source: npm builds what it is given as a git repository. Run by `npm run verify`; it needs
 * Rust, and the network for what npm has not in its cache.
 */

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');
const Project = require('./project');

const ROOT = path.join(__dirname, '../..');

/** It compiles, in ms. */
const TIMEOUT = 600_000;

test('the package installs from its git repository, and is built', { timeout: TIMEOUT }, (t) => {
  const project = new Project(t);
  const clone = project.beside('clone');
  execFileSync('git', ['clone', '--quiet', ROOT, clone]);
  // A user's own environment, which knows nothing of the npm that runs this. What was compiled for
  // the checkout is not compiled again.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  const env = { ...Object.fromEntries(own), CARGO_TARGET_DIR: path.join(ROOT, 'target') };
  project.run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `git+file://${clone}`], env);
  assert.deepStrictEqual(project.installed(), ['rs-cluster']);

  const answer = project.run('node', ['program.js', 'rs-cluster']);
  assert.deepStrictEqual(JSON.parse(answer), { text: 'hello', addon: true });
});

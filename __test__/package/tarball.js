'use strict';

/**
 * What is published, installed from its tarballs: no network, no Rust, no script. Run by
 * `npm run verify`. The tarballs are made here from `dist/`, unless PACKAGES names a folder that has
 * them.
 */

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { version } = require('../../package.json');
const Project = require('./project');

const ROOT = path.join(__dirname, '../..');
const TSC = path.join(ROOT, 'node_modules/.bin/tsc');
const TYPES = path.join(ROOT, 'node_modules/@types');

const LIBC = process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl';

/** The packages that this system needs. */
const NAMES = ['rs-cluster', `rs-cluster-linux-${process.arch}-${LIBC}`];

/** What may be installed, in bytes. The addon is stripped: with its symbols it has more than 5 MB. */
const LIMIT = 2_000_000;

/** How a program comes to the package, and what it says of that. */
const WAYS = {
  require: ['program.js', 'rs-cluster'],
  'import by name': ['program.mjs'],
  'require of rs-cluster/standalone': ['program.js', 'rs-cluster/standalone'],
  '-r rs-cluster/register': ['-r', 'rs-cluster/register', 'program.js', 'node:cluster'],
  '--import rs-cluster/register': ['--import', 'rs-cluster/register', 'program.js', 'node:cluster'],
};

/** @returns {string[]} the tarballs of NAMES */
function packed(folder) {
  if (!fs.existsSync(folder)) {
    execFileSync(process.execPath, [path.join(ROOT, 'scripts/package.js'), folder], { stdio: 'ignore' });
  }
  return NAMES.map((name) => path.join(folder, `${name}-${version}.tgz`));
}

test('the package installs from its tarballs, offline, without Rust', async (t) => {
  const project = new Project(t);
  const tarballs = packed(path.resolve(process.env.PACKAGES ?? project.beside('packed')));

  const start = Date.now();
  project.run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs]);
  const seconds = (Date.now() - start) / 1000;
  const installed = project.installed().sort();
  assert.deepStrictEqual(installed, NAMES);
  const size = project.size();
  t.diagnostic(`installed in ${seconds.toFixed(1)} s: ${size} bytes`);
  assert.ok(size < LIMIT, `${size} bytes are installed`);

  const manifests = installed.map((name) =>
    JSON.parse(fs.readFileSync(path.join(project.modules, name, 'package.json'), 'utf8')),
  );

  await t.test('npm finds the addon for a system: one of the optional dependencies', () => {
    const [main, platform] = manifests;
    assert.strictEqual(main.optionalDependencies[platform.name], version);
    assert.ok(!fs.existsSync(path.join(project.modules, 'rs-cluster/dist')));
    const { os, cpu, libc } = platform;
    const here = { os: ['linux'], cpu: [process.arch], libc: [LIBC === 'gnu' ? 'glibc' : 'musl'] };
    assert.deepStrictEqual({ os, cpu, libc }, here);
  });

  await t.test('nothing runs when it is installed, and the licence is there', () => {
    for (const { name, scripts, dependencies } of manifests) {
      assert.deepStrictEqual([scripts, dependencies], [undefined, undefined]);
      assert.ok(fs.existsSync(path.join(project.modules, name, 'LICENSE')));
    }
  });

  await t.test('what its pages link to is there', () => {
    const folder = path.join(project.modules, 'rs-cluster');
    const pages = fs.readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.md'));
    assert.ok(pages.includes('README.md'));
    for (const page of pages) {
      const text = fs.readFileSync(path.join(folder, page), 'utf8');
      for (const [, target] of text.matchAll(/\]\(([^)#:\s]+)(?:#[^)\s]*)?\)/g)) {
        const place = path.join(folder, path.dirname(page), target);
        assert.ok(fs.existsSync(place), `${page} links to ${target}, which is not there`);
      }
    }
  });

  for (const [way, args] of Object.entries(WAYS)) {
    await t.test(way, () => {
      assert.deepStrictEqual(JSON.parse(project.run('node', args)), { text: 'hello', addon: true });
    });
  }

  await t.test('types', () => {
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--typeRoots', TYPES, '--types', 'node'];
    project.run(process.execPath, [TSC, ...options, 'typed.mts']);
  });
});

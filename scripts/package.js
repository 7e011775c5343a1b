'use strict';

/**
 * Makes the tarballs that are published:
 *
 *   node scripts/package.js FOLDER          the package, and the addon's package for each platform
 *                                           whose addon is in `dist/`
 *   node scripts/package.js FOLDER --all    the same, but it fails if the addon of a platform is missing
 *
 * As usual with napi-rs, the addon of each platform is a package of its own, and an optional dependency of the
 * main package. npm installs the one for its platform. These dependencies are added here. The checkout's
 * `package.json` does not have them, because `npm install` would look for a version that is not published yet.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { NapiCli } = require('@napi-rs/cli');
const manifest = require('../package.json');

const ROOT = path.join(__dirname, '..');

/** Files that npm packs even if `files` does not name them. */
const ALSO = ['README.md', 'LICENSE'];

/** Keys of the manifest that are useful only in a checkout. */
const PRIVATE = new Set(['scripts', 'devDependencies', 'napi', 'prettier']);

function writeManifest(folder, content) {
  fs.writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * Makes a folder for each platform. It has the addon, if the addon is built.
 *
 * @returns {Promise<{ name: string, folder: string, isBuilt: boolean }[]>}
 */
async function stagePlatforms(stage) {
  writeManifest(stage, manifest);
  await new NapiCli().createNpmDirs({ cwd: stage });
  return fs.readdirSync(path.join(stage, 'npm')).map((platform) => {
    const folder = path.join(stage, 'npm', platform);
    const { name, main } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const addon = path.join(ROOT, 'dist', main);
    const isBuilt = fs.existsSync(addon);
    if (isBuilt) fs.copyFileSync(addon, path.join(folder, main));
    fs.copyFileSync(path.join(ROOT, 'LICENSE'), path.join(folder, 'LICENSE'));
    return { name, folder, isBuilt };
  });
}

/** Makes the folder of the main package, without an addon. */
function stageMain(stage, platforms) {
  for (const entry of [...manifest.files, ...ALSO]) {
    if (entry.startsWith('dist/')) continue;
    fs.cpSync(path.join(ROOT, entry), path.join(stage, entry), { recursive: true });
  }
  const shared = Object.entries(manifest).filter(([key]) => !PRIVATE.has(key));
  const optional = platforms.map(({ name }) => [name, manifest.version]);
  writeManifest(stage, { ...Object.fromEntries(shared), optionalDependencies: Object.fromEntries(optional) });
}

/** @returns {string | undefined} the address of the repository's pages; undefined if the manifest has none */
function website() {
  const { repository } = manifest;
  const url = typeof repository === 'string' ? repository : repository?.url;
  return url?.replace(/^git\+/, '').replace(/\.git$/, '');
}

/** A picture or a link. Its text may contain brackets. */
const LINK = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)#:\s]+)(#[^)\s]*)?\)/g;

/**
 * Changes the links of a page whose target is not in the package. They point to the repository's pages. If the
 * manifest has no repository, only the text of the link stays.
 */
function mendLinks(stage, page) {
  const file = path.join(stage, page);
  const text = fs.readFileSync(file, 'utf8').replace(LINK, (link, picture, words, target, anchor = '') => {
    const place = path.join(path.dirname(page), target);
    if (fs.existsSync(path.join(stage, place))) return link;
    if (website() === undefined) return picture ? `(${words}: a picture in the repository)` : words;
    return `${picture}[${words}](${website()}/${picture ? 'raw' : 'blob'}/HEAD/${place}${anchor})`;
  });
  fs.writeFileSync(file, text);
}

async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { all: { type: 'boolean', default: false } },
  });
  if (positionals.length !== 1)
    throw new Error('expected one folder: node scripts/package.js FOLDER [--all]');
  const destination = path.resolve(positionals[0]);
  fs.mkdirSync(destination, { recursive: true });

  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-package-'));
  try {
    const platforms = await stagePlatforms(stage);
    const missing = platforms.filter(({ isBuilt }) => !isBuilt).map(({ name }) => name);
    if (values.all && missing.length > 0) {
      throw new Error(`dist/ has no addon for ${missing.join(', ')}: build it there, or leave out --all`);
    }
    stageMain(stage, platforms);
    for (const page of fs.readdirSync(stage, { recursive: true })) {
      if (page.endsWith('.md') && !page.startsWith('npm/')) mendLinks(stage, page);
    }

    // The main package is last. If the tarballs are published in this order, each one can be installed
    // immediately.
    const built = platforms.filter(({ isBuilt }) => isBuilt).map(({ folder }) => folder);
    for (const folder of [...built, stage]) {
      execFileSync('npm', ['pack', '--silent', '--pack-destination', destination], {
        cwd: folder,
        stdio: ['ignore', 'inherit', 'inherit'],
      });
    }
  } finally {
    fs.rmSync(stage, { recursive: true });
  }
}

main();

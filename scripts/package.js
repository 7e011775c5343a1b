'use strict';

/**
 * Makes what is published, as tarballs in a folder:
 *
 *   node scripts/package.js FOLDER          the package, and the addon's package for each platform
 *                                           whose addon is in `dist/`
 *   node scripts/package.js FOLDER --all    the same, and fails if a platform's addon is not there
 *
 * As napi-rs has it, each platform's addon is a package of its own, an optional dependency of the
 * main one: npm installs the one that fits. These dependencies are added here and do not stand in
 * the checkout's `package.json`: `npm install` there would look for packages of a version that is
 * not published yet.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { NapiCli } = require('@napi-rs/cli');
const manifest = require('../package.json');

const ROOT = path.join(__dirname, '..');

/** What npm packs though `files` does not name it. */
const ALSO = ['README.md', 'LICENSE'];

/** What of the manifest only a checkout has a use for. */
const PRIVATE = new Set(['scripts', 'devDependencies', 'napi', 'prettier']);

function writeManifest(folder, content) {
  fs.writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * One folder a platform, with its addon where that is built.
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

/** The main package, without an addon. */
function stageMain(stage, platforms) {
  for (const entry of [...manifest.files, ...ALSO]) {
    if (entry.startsWith('dist/')) continue;
    fs.cpSync(path.join(ROOT, entry), path.join(stage, entry), { recursive: true });
  }
  const shared = Object.entries(manifest).filter(([key]) => !PRIVATE.has(key));
  const optional = platforms.map(({ name }) => [name, manifest.version]);
  writeManifest(stage, { ...Object.fromEntries(shared), optionalDependencies: Object.fromEntries(optional) });
}

/** Where the repository is to be seen, if the manifest says so. */
function website() {
  const { repository } = manifest;
  const url = typeof repository === 'string' ? repository : repository?.url;
  return url?.replace(/^git\+/, '').replace(/\.git$/, '');
}

/** A picture or a link, of which the text may have brackets. */
const LINK = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)#:\s]+)(#[^)\s]*)?\)/g;

/**
 * What a page links to and the package does not have is linked to where the repository is. If that is
 * nowhere, the words stay without a link.
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
  if (positionals.length !== 1) throw new Error('node scripts/package.js FOLDER [--all]');
  const destination = path.resolve(positionals[0]);
  fs.mkdirSync(destination, { recursive: true });

  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-package-'));
  try {
    const platforms = await stagePlatforms(stage);
    const missing = platforms.filter(({ isBuilt }) => !isBuilt).map(({ name }) => name);
    if (values.all && missing.length > 0) throw new Error(`no addon for ${missing.join(', ')}`);
    stageMain(stage, platforms);
    for (const page of fs.readdirSync(stage, { recursive: true })) {
      if (page.endsWith('.md') && !page.startsWith('npm/')) mendLinks(stage, page);
    }

    // The main one comes last: who publishes in this order publishes nothing that cannot be installed.
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

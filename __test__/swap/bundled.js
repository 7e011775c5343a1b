'use strict';

/**
 * Bundlers put the package's files into another file. What each makes of `require` and `__filename` was
 * looked up in the output of esbuild, webpack, Rollup, ncc, Bun, Parcel and browserify; here a small one does the same.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin, temporaryPath } = require('../harness');
const { program } = require('../fixtures/program');

const ROOT = path.join(__dirname, '../..');

const ENTRIES = { 'rs-cluster': 'index.js', 'rs-cluster/standalone': 'standalone.js' };

/** What a bundle has in the place of `require` and `__filename`. */
const KINDS = {
  'esbuild, Rollup, ncc and webpack, CommonJS': {
    name: 'index.cjs',
    require: 'require',
    filename: '__filename',
  },
  'webpack, ES module': {
    name: 'index.mjs',
    before: `import { createRequire } from 'node:module'; import { fileURLToPath } from 'node:url';`,
    require: 'createRequire(import.meta.url)',
    filename: 'fileURLToPath(import.meta.url)',
  },
  'webpack with node.__filename': {
    name: 'index.cjs',
    require: 'require',
    filename: (file) => JSON.stringify(`node_modules/rs-cluster/${file}`),
  },
  // It was true when the bundle was made.
  'Bun, Parcel and browserify': {
    name: 'index.cjs',
    require: 'require',
    filename: (file) => JSON.stringify(path.join(ROOT, file)),
  },
  'webpack with a mock': { name: 'index.cjs', require: 'require', filename: `'/index.js'` },
  'Rollup, ES module': {
    name: 'index.mjs',
    before: `import { createRequire } from 'node:module';`,
    require: 'createRequire(import.meta.url)',
  },
  'esbuild and ncc, ES module': {
    name: 'index.mjs',
    require: '((id) => { throw new Error(`Dynamic require of "${id}" is not supported`); })',
  },
};

/** All files of a folder of the package, and of the folders in it. */
function sources(folder) {
  return fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sources(file);
    return file.endsWith('.js') ? [file] : [];
  });
}

/** One file of all files, that runs `entry` and says what came of it. */
function bundle(entry, { before = '', require, filename }) {
  const files = [entry, ...sources('lib')];
  const modules = files.map((file) => {
    const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
    const name = typeof filename === 'function' ? filename(file) : filename;
    const own = name === undefined ? '' : `const __filename = ${name}, __dirname = '/nowhere';`;
    return `${JSON.stringify(file)}: (module, exports, require) => { ${name === '__filename' ? '' : own}\n${text}\n}`;
  });
  return `${before}
    const outer = ${require};
    const modules = {${modules.join(',\n')}};
    const loaded = {};
    function load(file) {
      const module = (loaded[file] ??= { exports: {} });
      const inner = (id) => {
        if (!id.startsWith('.')) return outer(id);
        return load(new URL(id, 'file:///' + file).pathname.slice(1) + '.js');
      };
      modules[file](module, module.exports, inner);
      return module.exports;
    }
    let said = { loaded: true };
    try { load(${JSON.stringify(entry)}); } catch ({ code, message }) { said = { code, message }; }
    console.log(JSON.stringify(said));`;
}

async function run(kind, name, entry, options) {
  const folder = temporaryPath(`${kind} ${name}`.replaceAll(/\W/g, '-'));
  fs.mkdirSync(folder);
  const file = path.join(folder, options.name);
  fs.writeFileSync(file, bundle(entry, options));
  return program(file, { cwd: folder });
}

const skip = skipBuiltin();

for (const [kind, options] of Object.entries(KINDS)) {
  test(
    `${kind}: a bundle that has rs-cluster inside throws one error, and says what to do`,
    { skip },
    async () => {
      for (const [name, entry] of Object.entries(ENTRIES)) {
        const { code, said, stderr } = await run(kind, name, entry, options);
        assert.strictEqual(code, 0, stderr);
        assert.strictEqual(said.code, 'ERR_RS_CLUSTER_UNSUPPORTED', said.message);
        assert.match(said.message, /mark rs-cluster as external/);
      }
    },
  );

  test(`${kind}: register in a bundle warns, and Node's own cluster stays`, { skip }, async () => {
    const { code, said, stderr } = await run(kind, 'register', 'register.js', options);
    assert.strictEqual(code, 0, stderr);
    assert.deepStrictEqual(said, { loaded: true });
    assert.strictEqual(stderr.match(/RS_CLUSTER_FALLBACK/g).length, 1, stderr);
    assert.match(stderr, /mark rs-cluster as external/);
  });
}

test('every entry looks whether it is in a bundle before it requires anything', { skip }, () => {
  for (const entry of [...Object.values(ENTRIES), 'register.js']) {
    const [first] = fs.readFileSync(path.join(ROOT, entry), 'utf8').match(/(?<=^ *)require\('.*'\)/m);
    assert.strictEqual(first, "require('./lib/unbundled')", entry);
  }
});

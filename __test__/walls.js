'use strict';

// The walls of the house: which layer may know of what. See src/lib.rs.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const imports = require('./fixtures/imports');

const SOURCE = path.join(__dirname, '../src');

function* sources(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(file);
    else if (file.endsWith('.rs')) yield file;
  }
}

/** The code of a file, without its comments and its tests. */
function code(file) {
  const text = fs.readFileSync(file, 'utf8').replace(/^\s*\/\/.*$/gm, '');
  return text.split('#[cfg(test)]\nmod tests')[0];
}

/** Which files outside of `allowed` have `pattern` in their code. */
function trespassers(pattern, allowed) {
  const files = [...sources(SOURCE)].filter((file) => pattern.test(code(file)));
  return files
    .map((file) => path.relative(SOURCE, file))
    .filter((file) => !allowed.some((at) => file.startsWith(at)));
}

test('only binding/ names napi', () => {
  assert.deepStrictEqual(trespassers(/\bnapi\b/, ['binding/']), []);
});

test('unsafe stands in sys/, and in the places for which napi offers nothing safe: a callback, a text, a word that is counted in', () => {
  assert.deepStrictEqual(
    trespassers(/\bunsafe\b/, ['sys/', 'binding/emitter.rs', 'binding/text.rs', 'binding/counter.rs']),
    [],
  );
});

test('the rules know no socket, clock or thread', () => {
  // They are told what time it is; only their tests start at one, and ask if they have failed.
  const foreign = /std::(os|net|io|thread|fs|sync)|\b(mio|nix|sendfd)\b|Instant::now|SystemTime|elapsed\(/;
  const rules = trespassers(foreign, ['cluster/world.rs', 'cluster/cost.rs', 'cluster/trail.rs']).filter(
    (file) => file.startsWith('cluster/'),
  );
  assert.deepStrictEqual(rules, []);
});

test('each layer uses only those below it', () => {
  const above = {
    'sys/': /crate::(binding|reactor|uv|cluster|wire|ledger)/,
    'wire/': /crate::(binding|reactor|uv|cluster|ledger)/,
    'cluster/': /crate::(binding|reactor|uv|wire|ledger|sys)/,
    'ledger/': /crate::(binding|reactor|uv|wire)/,
    'uv/': /crate::(binding|reactor|cluster)/,
    'reactor/': /crate::(binding|uv)/,
  };
  for (const [layer, pattern] of Object.entries(above)) {
    const broken = trespassers(pattern, []).filter((file) => file.startsWith(layer));
    assert.deepStrictEqual(broken, [], `in ${layer}`);
  }
});

test('no files import each other in a circle, not even through a link in a comment', () => {
  assert.deepStrictEqual(imports.circles(SOURCE, [...sources(SOURCE)]), []);
});

test('no file is longer than 250 lines, without its tests', () => {
  const files = [...sources(SOURCE)].filter((file) => path.basename(file) !== 'tests.rs');
  const lines = (file) =>
    fs.readFileSync(file, 'utf8').split('#[cfg(test)]\nmod tests')[0].split('\n').length - 1;
  assert.deepStrictEqual(
    files.filter((file) => lines(file) > 250).map((file) => path.relative(SOURCE, file)),
    [],
  );
});

test('what differs between operating systems stands in sys/', () => {
  const platform = /\b(nix|libc|accept4|SOCK_CLOEXEC|MSG_CMSG_CLOEXEC)\b|\/proc\b|target_os/;
  assert.deepStrictEqual(trespassers(platform, ['sys/']), []);
});

test('sys/ says item by item what a platform must supply', () => {
  const contract = fs.readFileSync(path.join(SOURCE, 'sys/mod.rs'), 'utf8');
  const listed = [...contract.matchAll(/\[`(\w+::\w+)`\]/g)].map(([, item]) => item);
  const supplied = [...sources(path.join(SOURCE, 'sys'))].flatMap((file) => {
    const items =
      /^pub (?:(?:const )?(?:unsafe )?(?:fn|struct|enum|trait|type|const|static)|use [\w:]+::)\s*(\w+)/gm;
    return [...code(file).matchAll(items)].map(([, item]) => `${path.basename(file, '.rs')}::${item}`);
  });
  assert.deepStrictEqual(listed.sort(), supplied.sort());
});

test('no file tells of a machine or a registry', () => {
  const root = path.join(__dirname, '..');
  const pages = fs.readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`);
  const named = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'package.json', 'index.d.ts'];
  const texts = [...named, ...pages].map((name) => path.join(root, name));
  for (const file of [...texts, ...sources(SOURCE)]) {
    if (!fs.existsSync(file)) continue;
    assert.doesNotMatch(
      fs.readFileSync(file, 'utf8'),
      /\/(home|root|work)\/|registry\.npmjs|static\.crates/,
      file,
    );
  }
});

'use strict';

/**
 * Random damage: bytes of the addon are missing, or zeros. `lib/elf.js` sees it, or no process ends by a
 * signal when it loads the file.
 */

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const test = require('node:test');
const { skipBuiltin, temporaryPath } = require('../harness');
const { ADDON } = require('../fixtures/installed');
const Random = require('../fixtures/random');
const checkWhole = require('../../lib/elf');

const COUNT = 200;

/** What is filled with zeros, and where the file ends. */
const DAMAGE = {
  'the end is missing': (at) => [at, at, at],
  'the end is zeros': (at) => [at, ADDON.length, ADDON.length],
  'a page is zeros': (at) => [at & ~4095, (at & ~4095) + 4096, ADDON.length],
  'a long part is zeros': (at, length) => [at, at + length, ADDON.length],
};

const LARGE = 200_000;

function isSeen(file) {
  try {
    checkWhole(file, false);
    return false;
  } catch (error) {
    assert.ok(error.message.startsWith(file), error.stack);
    return true;
  }
}

const skip = skipBuiltin();

test('the addon that was built is whole', { skip }, () => {
  const file = temporaryPath('whole.node');
  fs.writeFileSync(file, ADDON);
  for (const isKnown of [false, true]) checkWhole(file, isKnown);
});

test('a damaged addon is refused, or ends no process by a signal', { skip }, () => {
  const random = new Random(1);
  const file = temporaryPath('damaged.node');
  let seen = 0;
  for (let round = 0; round < COUNT; round++) {
    const names = Object.keys(DAMAGE);
    const name = names[round % names.length];
    const [start, end, size] = DAMAGE[name](random.below(ADDON.length), random.below(LARGE));
    const bytes = Buffer.from(ADDON).fill(0, start, Math.min(end, ADDON.length)).subarray(0, size);
    fs.writeFileSync(file, bytes);
    if (isSeen(file)) seen++;
    else {
      const { signal } = spawnSync(process.execPath, ['-e', `require(${JSON.stringify(file)})`]);
      assert.strictEqual(signal, null, `round ${round}: ${name}, from byte ${start} to ${end}`);
    }
  }
  assert.ok(seen > COUNT / 2, `only ${seen} of ${COUNT} were seen`);
});

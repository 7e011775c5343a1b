'use strict';

/** The addon is there, and does not load: that shows at the first fork, which loads it. */

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const { ADDON, install } = require('../fixtures/installed');
const { program } = require('../fixtures/program');

const PROGRAM = path.join(__dirname, 'fixtures/falls-back.js');

/** A name that the addon needs, and that another system has not. */
function needsAnother(library) {
  const other = library.replace(/\d$/, (digit) => (Number(digit) + 1) % 10);
  const bytes = Buffer.from(ADDON);
  for (let at = bytes.indexOf(library); at >= 0; at = bytes.indexOf(library)) bytes.write(other, at);
  return bytes;
}

/** A write that never came to the disk. */
const zeroed = (start, end) => Buffer.from(ADDON).fill(0, Math.floor(start), Math.floor(end));

/** How to break it, and what the cause says. */
const BROKEN = {
  'is empty': [Buffer.alloc(0), /cut short: it has 0 of \d+ bytes/],
  'is a page of text': [Buffer.from('<!doctype html>'.repeat(1000)), /is not a shared object/],
  'ends after its header': [ADDON.subarray(0, 64), /cut short: it has 64 of \d+ bytes/],
  // To load these would end the process: SIGBUS.
  'ends in the middle': [ADDON.subarray(0, ADDON.length / 2), /cut short/],
  'lacks its last page': [ADDON.subarray(0, ADDON.length - 20_000), /cut short/],
  'is zeros from its middle on': [zeroed(ADDON.length / 2, ADDON.length), /has .*/],
  'has a hole in its code': [
    zeroed(ADDON.length / 2, ADDON.length / 2 + 4096),
    /a hole: zeros from byte \d+ on/,
  ],
  // The table of sections is said to be nowhere, and the file ends before its last segment.
  'ends in its last segment': [zeroed(0x28, 0x30).subarray(0, ADDON.length - 20_000), /cut short/],
  'was made for another C library': [needsAnother('libc.so.6'), /libc\.so\.7: cannot open shared object/],
  'is another program': [fs.readFileSync(process.execPath), /.+/],
};

const skip = skipBuiltin();

for (const [name, [addon, cause]] of Object.entries(BROKEN)) {
  test(
    `the addon ${name}: register warns at the first fork, and the builtin does the work`,
    { skip },
    async () => {
      const { cwd, program: file } = install(`registered ${name}`, PROGRAM, addon);
      const flag = name === 'is empty' ? '--import' : '-r';
      const { code, said, stderr } = await program(file, { execArgv: [flag, 'rs-cluster/register'], cwd });
      assert.strictEqual(code, 0, stderr);
      const [{ detail }] = said.warnings;
      const message = `rs-cluster's addon for ${process.platform}-${process.arch} does not load. Node's own cluster is used`;
      assert.deepStrictEqual(said, {
        text: 'argument variable',
        inWorkers: true,
        prototype: true,
        wrapped: true,
        seen: ['disconnect', 'exit', 'fork', 'online', 'setup'],
        warnings: [{ code: 'RS_CLUSTER_FALLBACK', message, detail }],
      });
      assert.match(detail, cause);
      assert.strictEqual(stderr.match(/RS_CLUSTER_FALLBACK/g).length, 1, stderr);
    },
  );

  test(`the addon ${name}: fork() of rs-cluster throws, and says why`, { skip }, async () => {
    const { cwd, program: file } = install(`required ${name}`, PROGRAM, addon);
    const names = ['rs-cluster', 'rs-cluster/standalone'];
    for (const { code, said, stderr } of await Promise.all(
      names.map((each) => program(file, { env: { PACKAGE: each }, cwd })),
    )) {
      assert.strictEqual(code, 0, stderr);
      assert.strictEqual(said.error, 'ERR_RS_CLUSTER_UNSUPPORTED');
      assert.match(said.message, /addon for .* does not load$/);
      assert.match(said.cause, cause);
    }
  });
}

test('a pipe in the place of the addon blocks no process', { skip }, async () => {
  const { cwd, program: file, installed } = install('pipe', PROGRAM);
  const [addon] = fs.readdirSync(path.join(installed, 'dist'));
  fs.rmSync(path.join(installed, 'dist', addon));
  execFileSync('mkfifo', [path.join(installed, 'dist', addon)]);
  const { code, said, stderr } = await program(file, { execArgv: ['-r', 'rs-cluster/register'], cwd });
  assert.strictEqual(code, 0, stderr);
  assert.strictEqual(said.text, 'argument variable');
  assert.match(said.warnings[0].detail, /is not a regular file/);
});

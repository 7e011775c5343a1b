'use strict';

/**
 * Runs the JavaScript tests: `node __test__/run.js [part of a file's path …]`. The last line says
 * how many passed and how many failed. Each test file may also be run by itself.
 */

const childProcess = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/** What stands here and is no test. */
const NOT_TESTS = new Set(['harness.js', 'run.js', 'fixtures']);

function* files(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (NOT_TESTS.has(entry.name)) continue;
    if (entry.isDirectory()) yield* files(file);
    else if (/\.m?js$/.test(entry.name)) yield file;
  }
}

const wanted = process.argv.slice(2);
const all = [...files(__dirname)].sort();
const chosen = wanted.length > 0 ? all.filter((file) => wanted.some((part) => file.includes(part))) : all;

const runner = childProcess.spawn(process.execPath, ['--test', '--test-reporter=tap', ...chosen], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let output = '';
runner.stdout.setEncoding('utf8').on('data', (text) => (output += text));
runner.on('close', (code) => {
  const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  const failed = count('fail') + count('cancelled');
  if (failed > 0 || code !== 0) process.stdout.write(output);
  console.log(`${count('pass')} passed, ${failed} failed, ${count('skipped')} skipped`);
  process.exitCode = code === 0 && failed === 0 && count('pass') > 0 ? 0 : 1;
});

'use strict';

/**
 * Runs the JavaScript tests: `node __test__/run.js [--name=pattern] [part of a file's path …]`. What
 * fails is printed whole, and named once more at the end. The last line says how many passed and how
 * many failed. Each test file may also be run by itself: `node __test__/connections/http.js`.
 *
 * The files run beside one another, some at a time: most of their time is waiting.
 */

const childProcess = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** What stands in this folder and is no test, or one that only `npm run verify` runs. */
const NOT_TESTS = new Set(['harness.js', 'run.js', 'package'].map((name) => path.join(__dirname, name)));

const AT_ONCE = os.cpus().length * 2;

/** No file takes so long, however busy the machine is, in ms. */
const TIMEOUT = 180_000;

function* files(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (NOT_TESTS.has(file) || entry.name === 'fixtures') continue;
    if (entry.isDirectory()) yield* files(file);
    else if (/\.m?js$/.test(entry.name)) yield file;
  }
}

/** @returns {Promise<{ pass: number, fail: number, skipped: number, failed: string[] }>} */
async function run(file, flags) {
  const runner = childProcess.spawn(process.execPath, ['--test-reporter=tap', ...flags, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [runner.stdout, runner.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  const [code] = await once(runner, 'close');
  const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  const name = path.relative(__dirname, file);
  const result = {
    pass: count('pass'),
    fail: count('fail') + count('cancelled'),
    skipped: count('skipped'),
    failed: [...output.matchAll(/^not ok \d+ - (.*)$/gm)].map(([, test]) => `${name}: ${test}`),
  };
  // A file that dies of something else, or tests nothing, has failed as well.
  const isEmpty = result.pass + result.skipped === 0;
  if ((code !== 0 || (isEmpty && flags.length === 0)) && result.fail === 0) {
    result.fail = 1;
    result.failed.push(`${name}: the file itself, with code ${code}`);
  }
  // All scenarios are registered in one place, which tells nothing of the one that has failed.
  const told = output.replace(/^ *location: .*\bharness\.js:.*\n/gm, '');
  if (result.fail > 0) console.log(`# ${path.relative(process.cwd(), file)} (code ${code})\n${told}`);
  return result;
}

async function main() {
  const isName = (argument) => argument.startsWith('--name=');
  const wanted = process.argv.slice(2).filter((argument) => !isName(argument));
  const names = process.argv.slice(2).filter(isName);
  const flags = names.map((argument) => argument.replace('--name', '--test-name-pattern'));
  const chosen = [...files(__dirname)]
    .filter(
      (file) => wanted.length === 0 || wanted.some((part) => path.relative(__dirname, file).includes(part)),
    )
    .sort()
    .reverse();
  const total = { pass: 0, fail: 0, skipped: 0 };
  const failed = [];
  const lane = async () => {
    while (chosen.length > 0) {
      const result = await run(chosen.pop(), flags);
      for (const key of Object.keys(total)) total[key] += result[key];
      failed.push(...result.failed);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  for (const name of failed.sort()) console.log(`FAILED ${name}`);
  console.log(`${total.pass} passed, ${total.fail} failed, ${total.skipped} skipped`);
  process.exitCode = total.fail === 0 && total.pass > 0 ? 0 : 1;
}

main();

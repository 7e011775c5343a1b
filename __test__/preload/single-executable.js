'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin, temporaryPath } = require('../harness');
const { install } = require('../fixtures/installation');

const HELP = execFileSync(process.execPath, ['--help'], { encoding: 'utf8' });

const skip =
  skipBuiltin() || (!HELP.includes('--build-sea') && 'this Node does not build such an application');

/** It writes a file of 120 MB and more, in ms. */
const TIMEOUT = 120_000;

/** An executable whose main script is a fixture, with the package beside it. */
function build(name, settings) {
  const folder = temporaryPath(name);
  fs.mkdirSync(folder);
  install(folder);
  const output = path.join(folder, 'application');
  const main = path.join(__dirname, 'fixtures/application.js');
  const configuration = path.join(folder, 'sea.json');
  const all = { main, output, disableExperimentalSEAWarning: true, ...settings };
  fs.writeFileSync(configuration, JSON.stringify(all));
  execFileSync(process.execPath, ['--build-sea', configuration], { stdio: 'ignore' });
  return output;
}

function run(application, env) {
  return JSON.parse(
    execFileSync(application, {
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
}

test('a single executable application has workers', { skip, timeout: TIMEOUT }, () => {
  const application = build('reads-options', {});
  for (const NODE_OPTIONS of [undefined, '--no-deprecation']) {
    const worker = { isWorker: true, served: true, execArgv: [], options: NODE_OPTIONS ?? null };
    assert.deepStrictEqual(run(application, { NODE_OPTIONS }), { worker, warnings: [], exit: [0, null] });
  }
});

test(
  'a single executable application that reads no NODE_OPTIONS: its workers fail',
  { skip, timeout: TIMEOUT },
  () => {
    const application = build('reads-none', { execArgv: ['--no-deprecation'], execArgvExtension: 'none' });
    assert.deepStrictEqual(run(application), { warnings: [], exit: [1, null] });
    // A worker that does not load the package ends with code 0. Its primary says what is wrong.
    const warnings = ['ERR_RS_CLUSTER_NOT_A_WORKER'];
    assert.deepStrictEqual(run(application, { PRIMARY_ONLY: 'yes' }), { warnings, exit: [0, null] });
  },
);

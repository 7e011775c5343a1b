'use strict';

/** The load generator in `load/`: builds it, runs it. */

const childProcess = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');

const execFile = promisify(childProcess.execFile);

const ROOT = path.join(__dirname, '..');

/** After so long a measurement hangs, in ms. */
const TIMEOUT = 120_000;

let program;

/** @returns {Promise<string>} the path of the program; cargo builds it where that is not done */
async function build() {
  const args = ['build', '--release', '--quiet', '--package', 'load', '--message-format', 'json'];
  const { stdout } = await execFile('cargo', args, { cwd: ROOT });
  const messages = stdout.trim().split('\n').map(JSON.parse);
  return messages.find(({ executable }) => executable).executable;
}

/**
 * @param {object} plan what `load/src/plan.rs` has
 * @returns {Promise<object>} what `load/src/run.rs` reports
 */
module.exports = async function load(plan) {
  program ??= build();
  const { stdout } = await execFile(await program, [JSON.stringify(plan)], {
    timeout: TIMEOUT,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout);
};

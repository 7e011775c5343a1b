'use strict';

/** Builds and runs the load generator in `load/`. */

const childProcess = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');

const execFile = promisify(childProcess.execFile);

const ROOT = path.join(__dirname, '..');

/** A measurement that takes longer is killed. In ms. */
const TIMEOUT = 120_000;

let program;

/** @returns {Promise<string>} the path of the program. cargo builds it if necessary */
async function build() {
  const args = ['build', '--release', '--quiet', '--package', 'load', '--message-format', 'json'];
  const { stdout } = await execFile('cargo', args, { cwd: ROOT });
  const messages = stdout.trim().split('\n').map(JSON.parse);
  return messages.find(({ executable }) => executable).executable;
}

/**
 * @param {object} plan its fields are in `load/src/plan.rs`
 * @returns {Promise<object>} the report of `load/src/run.rs`
 */
module.exports = async function load(plan) {
  program ??= build();
  const { stdout } = await execFile(await program, [JSON.stringify(plan)], {
    timeout: TIMEOUT,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout);
};

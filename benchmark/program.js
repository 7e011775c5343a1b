'use strict';

/** Runs a program of `workloads/`. It measures itself, and prints its values. */

const childProcess = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');

const execFile = promisify(childProcess.execFile);

/** A measurement that takes longer is killed. In ms. */
const TIMEOUT = 120_000;

/**
 * @param {string} file a path in `workloads/`
 * @param {string} cluster the module to measure: 'ours', 'builtin', …
 * @param {object} workload the program's argument
 * @param {string} node the path of the Node binary
 * @returns {Promise<import('./rounds').Values>}
 */
module.exports = async function program(file, cluster, workload, node) {
  const args = [path.join(__dirname, 'workloads', file), JSON.stringify(workload)];
  const { stdout } = await execFile(node, args, {
    env: { ...process.env, CLUSTER: cluster },
    timeout: TIMEOUT,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout);
};

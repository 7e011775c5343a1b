'use strict';

/** Runs a program of `workloads/` that measures itself and prints what it found. */

const childProcess = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');

const execFile = promisify(childProcess.execFile);

/** After so long a measurement hangs, in ms. */
const TIMEOUT = 120_000;

/**
 * @param {string} file a path from `workloads/`
 * @param {string} cluster the module under test
 * @param {object} workload what it is told to do
 * @param {string} node the binary
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

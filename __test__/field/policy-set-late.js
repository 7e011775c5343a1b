'use strict';

const assert = require('node:assert');
const childProcess = require('node:child_process');
const { scenario } = require('../harness');

const PROGRAM = require.resolve('../fixtures/late-policy');
const OURS = require.resolve('../..');

/** @returns {string} what the program prints */
function run(policy, ...flags) {
  const env = { ...process.env, POLICY: policy };
  return childProcess.execFileSync(process.execPath, [...flags, PROGRAM], { env, encoding: 'utf8' });
}

const cases = () => [
  ['none', 'none, a socket\n'],
  ['rr', 'rr, no socket\n'],
];

scenario('NODE_CLUSTER_SCHED_POLICY may be set by a program before it loads cluster', {
  primary() {
    for (const [policy, printed] of cases()) assert.strictEqual(run(policy), printed);
  },
});

scenario('NODE_CLUSTER_SCHED_POLICY may be set by a program when a preload has loaded cluster', {
  skipBuiltin: 'it reads the variable once, when it is loaded',
  primary() {
    for (const [policy, printed] of cases()) assert.strictEqual(run(policy, '--require', OURS), printed);
  },
});

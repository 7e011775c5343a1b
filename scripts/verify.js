'use strict';

/**
 * Runs all checks of a change:
 *
 * - formatters, lints and the Rust tests;
 * - the JavaScript tests on every Node line that we support;
 * - the same tests with the builtin, on the oldest and the newest line, to prove the tests;
 * - what may happen to workers, with SCHED_NONE;
 * - a minute of mixed load, with reloads, with each policy;
 * - a reload under each of several real clients, and of some programs that know nothing of rs-cluster;
 * - the command at a terminal, and the files of `examples/deploy`;
 * - what a real Prometheus counts during reloads;
 * - the files of `examples/deploy/`, by the programs that read them;
 * - the installed package.
 *
 * The last line has the numbers of passed and failed tests.
 */

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { NODES, node } = require('./nodes');

const ROOT = path.join(__dirname, '..');

let passed = 0;
let failed = 0;

/**
 * Runs a step and adds its result to the totals.
 *
 * @param {string} name
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: object, counts?: RegExp }} [options] `counts` finds the numbers of passed and failed tests in
 *   the output. Without it, the step counts as one test
 */
function step(name, command, args, { env, counts } = {}) {
  const start = Date.now();
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const output = `${stdout ?? ''}${stderr ?? ''}`;
  const results = [...output.matchAll(counts ?? /$^/g)];
  const sum = (index) => results.reduce((total, result) => total + Number(result[index]), 0);
  const [good, bad] = counts ? [sum(1), sum(2)] : [status === 0 ? 1 : 0, status === 0 ? 0 : 1];
  passed += good;
  failed += bad;
  const broken = status !== 0 || good === 0;
  if (broken && bad === 0) failed++;
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  console.log(`${broken ? 'FAILED' : 'ok    '} ${name}: ${good} passed, ${bad} failed (${seconds} s)`);
  for (const [line] of output.matchAll(/^left out: .*/gm)) console.log(`       ${line}`);
  if (broken) console.log(output);
}

const RUST = /test result: \w+\. (\d+) passed; (\d+) failed/g;
const JAVASCRIPT = /^(\d+) passed, (\d+) failed/gm;
const TAP = /^# pass (\d+)\n# fail (\d+)/gm;

/** The addon is the same file on each line. Only on the newest one do the tests of faults make all their connections. */
const FEWER = { FAULTS_CONNECTIONS: '1000' };

/** Tests of what may happen to workers and their connections. They run again with the policy that is not the default. */
const OF_WORKERS = [
  ...['killed-workers', 'stopped-workers', 'blocked-', 'primary-dies', 'worker-without', 'hostile-lane'].map(
    (name) => `faults/${name}`,
  ),
  'drain/requests',
  'supervisor/reload',
];
const NONE = { NODE_CLUSTER_SCHED_POLICY: 'none' };

step('rustfmt', 'cargo', ['fmt', '--all', '--check']);
step('clippy', 'cargo', ['clippy', '--workspace', '--all-targets', '--quiet', '--', '-D', 'warnings']);
step('rustdoc', 'cargo', ['doc', '--workspace', '--no-deps', '--quiet'], {
  env: { RUSTDOCFLAGS: '-D warnings' },
});
step('prettier', 'npx', ['prettier', '--check', '.']);
step('eslint', 'npx', ['eslint', '--max-warnings', '0', '.']);
step('types', 'npx', ['tsc', '--project', '__test__/types']);
step('types of lib', 'npx', ['tsc', '--project', '__test__/types/lib']);
step('rust', 'cargo', ['test', '--workspace', '--quiet'], { counts: RUST });
for (const line of NODES) {
  const env = line === NODES.at(-1) ? {} : FEWER;
  step(`node ${line}`, node(line), ['__test__/run.js'], { counts: JAVASCRIPT, env });
}
for (const line of [NODES[0], NODES.at(-1)]) {
  const env = { CLUSTER: 'builtin', ...FEWER };
  step(`node ${line}, builtin`, node(line), ['__test__/run.js'], { counts: JAVASCRIPT, env });
}
step('SCHED_NONE', node(NODES.at(-1)), ['__test__/run.js', ...OF_WORKERS], {
  counts: JAVASCRIPT,
  env: { ...NONE, ...FEWER },
});
for (const [name, env] of Object.entries({ soak: {}, 'soak, SCHED_NONE': NONE })) {
  step(name, node(NODES.at(-1)), ['scripts/soak.js', '--minutes', '1'], { env });
}
step('clients', node(NODES.at(-1)), ['scripts/clients.js', '--short'], { counts: JAVASCRIPT });
step('programs', node(NODES.at(-1)), ['scripts/programs.js', '--short'], { counts: JAVASCRIPT });
step('terminal', process.execPath, ['scripts/terminal.js'], { counts: JAVASCRIPT });
step('prometheus', process.execPath, ['scripts/prometheus.js', '--reloads', '3']);
step('systems', process.execPath, ['scripts/systems.js'], { counts: JAVASCRIPT });
step('deploy', process.execPath, ['scripts/deploy.js'], { counts: JAVASCRIPT });
for (const test of ['tarball', 'source']) {
  const args = ['--test-reporter=tap', `__test__/package/${test}.js`];
  step(`package from ${test}`, process.execPath, args, { counts: TAP });
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

'use strict';

const assert = require('node:assert');
const childProcess = require('node:child_process');
const { once } = require('node:events');
const { Worker: Thread } = require('node:worker_threads');
const { scenario, exited } = require('../harness');
const traces = require('./fixtures/traces');

/** What the user's NODE_OPTIONS are, in the primary or in `fork(env)`, and what a worker sees of them. */
const OPTIONS = {
  'no NODE_OPTIONS': {},
  'empty NODE_OPTIONS': { own: '' },
  'NODE_OPTIONS with spaces and quotes': { own: '  --dns-result-order="ipv4\\first"   --no-deprecation ' },
  'NODE_OPTIONS with fork()': { own: '--no-warnings', given: '  --no-deprecation' },
  'NODE_OPTIONS removed by fork()': { own: '--no-warnings', given: undefined },
  'NODE_OPTIONS that are no string': { given: ['--no-warnings '] },
};

const TRACES = require.resolve('./fixtures/traces');
const SCRIPT = `console.log(JSON.stringify(require(${JSON.stringify(TRACES)})()))`;

async function ofThread() {
  const [answer] = await once(new Thread(TRACES), 'message');
  return answer;
}

function ofSpawned() {
  return JSON.parse(childProcess.execFileSync(process.execPath, ['-e', SCRIPT]));
}

function ofShell() {
  return JSON.parse(
    childProcess.execSync(`"${process.execPath}" -e "$SCRIPT"`, { env: { ...process.env, SCRIPT } }),
  );
}

async function ofForked() {
  const [answer] = await once(childProcess.fork(TRACES), 'message');
  return answer;
}

for (const [name, { own, ...how }] of Object.entries(OPTIONS)) {
  const { given } = how;
  scenario(`a worker with ${name} shows nothing of how it was started, nor do its threads and children`, {
    env: { NODE_OPTIONS: own },
    async primary(cluster) {
      const isGiven = 'given' in how;
      const worker = cluster.fork(isGiven ? { NODE_OPTIONS: given } : undefined);
      const end = exited(worker);
      const [{ thread, spawned, shell, forked, ...seen }] = await once(worker, 'message');
      assert.deepStrictEqual(await end, [0, null]);

      const wanted = isGiven ? given : own;
      const options = wanted === undefined ? null : String(wanted);
      const others = Object.keys(process.env).filter((name) => name !== 'NODE_OPTIONS');
      const variables = (options === null ? others : [...others, 'NODE_OPTIONS']).sort();
      const clean = { execArgv: [], preloads: [], options, variables };
      assert.deepStrictEqual(seen, { ...clean, command: [__filename] });
      assert.deepStrictEqual(thread, { ...clean, command: [] });
      assert.deepStrictEqual(forked, { ...clean, command: [TRACES] });
      assert.deepStrictEqual(spawned, { ...clean, execArgv: ['-e', SCRIPT], command: ['-e', SCRIPT] });
      const withScript = { ...clean, variables: [...variables, 'SCRIPT'].sort() };
      assert.deepStrictEqual({ ...shell, execArgv: [], command: [] }, { ...withScript, command: [] });
    },
    async worker() {
      const seen = traces();
      const [thread, forked] = await Promise.all([ofThread(), ofForked()]);
      process.send({ ...seen, thread, forked, spawned: ofSpawned(), shell: ofShell() }, () =>
        process.disconnect(),
      );
    },
  });
}

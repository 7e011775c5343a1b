'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { NODE, scenario, exited } = require('../harness');

const LOADER = path.join(__dirname, 'fixtures/loader.mjs');
const MODULE = path.join(__dirname, 'fixtures/worker.mjs');
const PERMISSION = NODE >= 22 ? '--permission' : '--experimental-permission';
const NETWORK = NODE >= 25 ? ['--allow-net'] : [];

const CODE = `require('node:net')
  .createServer()
  .listen(0, () => process.send(process.execArgv, () => process.exit()));`;

/** Flags of a worker that change what its preload finds. */
const FLAGS = {
  none: { execArgv: [] },
  '--frozen-intrinsics': { execArgv: ['--frozen-intrinsics'] },
  '--disable-proto': { execArgv: ['--disable-proto=throw', '--throw-deprecation'] },
  [PERMISSION]: {
    execArgv: [PERMISSION, '--allow-fs-read=*', '--allow-addons', ...NETWORK],
    skip: NODE < 20 && 'Node 18 has no permissions',
  },
  '--experimental-loader': { execArgv: ['--experimental-loader', LOADER] },
  '--jitless': { execArgv: ['--jitless'] },
};

function listens() {
  net.createServer().listen(0, () => {
    process.send(process.execArgv, () => process.exit());
  });
}

/** What a silent worker prints until its end. */
async function printed({ process: subprocess }) {
  const texts = { stdout: '', stderr: '' };
  for (const name of Object.keys(texts)) {
    subprocess[name].setEncoding('utf8').on('data', (text) => (texts[name] += text));
  }
  const [code] = await once(subprocess, 'close');
  return { ...texts, code };
}

for (const [name, { execArgv, skip }] of Object.entries(FLAGS)) {
  scenario(`a worker with the flag ${name} is a worker`, {
    skip,
    async primary(cluster) {
      cluster.setupPrimary({ execArgv: ['--no-warnings', ...execArgv] });
      const worker = cluster.fork();
      const end = exited(worker);
      const [[seen]] = await Promise.all([once(worker, 'message'), once(worker, 'listening')]);
      assert.deepStrictEqual(seen, ['--no-warnings', ...execArgv]);
      assert.deepStrictEqual(await end, [0, null]);
    },
    worker: listens,
  });
}

scenario('a worker whose script is an ES module is a worker', {
  async primary(cluster) {
    cluster.setupPrimary({ exec: MODULE });
    const worker = cluster.fork();
    const end = exited(worker);
    const [[seen]] = await Promise.all([once(worker, 'message'), once(worker, 'listening')]);
    assert.deepStrictEqual(seen, []);
    assert.deepStrictEqual(await end, [0, null]);
  },
});

for (const flags of [
  ['-e', CODE],
  ['--input-type=commonjs', '--eval', CODE],
]) {
  scenario(`a worker whose code is a flag is a worker: ${flags[0]}`, {
    async primary(cluster) {
      cluster.setupPrimary({ execArgv: flags });
      const worker = cluster.fork();
      const end = exited(worker);
      await Promise.all([once(worker, 'message'), once(worker, 'listening')]);
      assert.deepStrictEqual(await end, [0, null]);
    },
  });
}

scenario('a worker that may load no addon fails, and says why', {
  skipBuiltin: 'it has no addon',
  async primary(cluster) {
    cluster.setupPrimary({ execArgv: ['--no-addons'], silent: true });
    const worker = cluster.fork();
    const { code, stderr } = await printed(worker);
    assert.strictEqual(code, 1);
    assert.match(stderr, /ERR_RS_CLUSTER_UNSUPPORTED/);
  },
});

scenario('the thread of a loader sees nothing of how its worker was started', {
  async primary(cluster) {
    cluster.setupPrimary({ execArgv: ['--no-warnings', '--experimental-loader', LOADER], silent: true });
    const worker = cluster.fork({ TELL: 'yes' });
    const { code, stdout } = await printed(worker);
    assert.deepStrictEqual({ code, stdout }, { code: 0, stdout: '{"preloads":[],"variables":[]}\n' });
  },
  worker: () => process.disconnect(),
});

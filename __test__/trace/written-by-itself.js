'use strict';

// NODE_DEBUG=rs-cluster writes to descriptor 2 by itself: programs replace `process.stderr.write`, and
// one that sends what it is given, as pm2 does, would be traced for ever.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const { scenario, exited } = require('../harness');

const env = { NODE_DEBUG: 'rs-cluster' };
const skipBuiltin = 'it has no such trace';
const COUNT = 3000;

const lines = (text) => text.match(/^RS-CLUSTER \d+: .*$/gm) ?? [];

scenario('a worker whose standard error sends messages is traced, each once', {
  skipBuiltin,
  env,
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const heard = [];
    worker.on('message', (message) => heard.push(message));
    assert.deepStrictEqual(await end, [0, null]);
    assert.deepStrictEqual(heard, [{ log: 'by the program\n' }, 'bye']);
    console.log(worker.process.pid);
  },
  worker() {
    process.stderr.write = (log) => process.send({ log });
    process.stderr.write('by the program\n');
    process.send('bye', () => process.disconnect());
  },
  check({ code, stdout, stderr }) {
    assert.strictEqual(code, 0, stderr);
    const pid = stdout.trim();
    const sent = lines(stderr).filter((line) =>
      line.startsWith(`RS-CLUSTER ${pid}: channel of ${pid}: sends`),
    );
    assert.strictEqual(sent.length, 2, stderr);
    assert.strictEqual(lines(stderr).length, stderr.trim().split('\n').length, stderr);
  },
});

scenario('a primary whose standard error sends messages is traced, too', {
  skipBuiltin,
  env,
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'online');
    process.stderr.write = (log) => worker.send({ log });
    worker.send('bye');
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker: () => process.on('message', () => process.disconnect()),
});

scenario('each line is written, or counted among those that were dropped', {
  skipBuiltin,
  async primary() {
    const child = spawn(process.execPath, [require.main.filename], {
      env: { ...process.env, ...env, RS_TEST_SCENARIO: 'talks' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (more) => (text += more));
    const [code] = await once(child, 'close');
    assert.strictEqual(code, 0, text);
    const told = lines(text).filter((line) => line.includes(' sends 8 characters of JSON'));
    const dropped = [...text.matchAll(/: (\d+) lines were dropped/g)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
    assert.ok(told.length + dropped >= COUNT, `${told.length} ${dropped}`);
  },
});

scenario('talks', {
  skip: 'it is run by another scenario',
  async primary(cluster) {
    assert.ok(process.stderr);
    const worker = cluster.fork();
    await once(worker, 'online');
    for (let i = 0; i < COUNT; i++) worker.send('sixsix');
    worker.send('bye');
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker: () => process.on('message', (message) => message === 'bye' && process.disconnect()),
});

/** What becomes of a worker's standard error: in the primary, and in the worker. */
const DEAF = {
  'that nobody reads': {},
  'whose other end is closed': { primary: (worker) => worker.process.stderr.destroy() },
  'that is closed, and whose number is another file’s': {
    worker() {
      fs.closeSync(2);
      assert.strictEqual(fs.openSync('/', 'r'), 2);
    },
  },
};

for (const [name, { primary, worker }] of Object.entries(DEAF)) {
  scenario(`a worker goes on with a standard error ${name}`, {
    skipBuiltin,
    env,
    async primary(cluster) {
      cluster.setupPrimary({ silent: true });
      const subject = cluster.fork();
      const end = exited(subject);
      primary?.(subject);
      let count = 0;
      subject.on('message', () => count++);
      assert.deepStrictEqual(await end, [0, null]);
      assert.strictEqual(count, COUNT);
    },
    worker() {
      worker?.();
      for (let i = 1; i < COUNT; i++) process.send('sixsix');
      process.send('sixsix', () => process.disconnect());
    },
  });
}

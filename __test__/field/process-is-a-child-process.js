'use strict';

const assert = require('node:assert');
const { ChildProcess } = require('node:child_process');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('worker.process is a ChildProcess', {
  async primary(cluster) {
    cluster.setupPrimary({ silent: true });
    const worker = cluster.fork();
    const end = exited(worker);
    const subprocess = worker.process;
    assert.ok(subprocess instanceof ChildProcess);
    assert.strictEqual(typeof subprocess.pid, 'number');
    assert.strictEqual(subprocess.connected, true);
    assert.deepStrictEqual([subprocess.exitCode, subprocess.signalCode], [null, null]);

    const [text] = await once(subprocess.stdout.setEncoding('utf8'), 'data');
    assert.strictEqual(text, `${subprocess.pid} to stdout`);
    const [other] = await once(subprocess.stderr.setEncoding('utf8'), 'data');
    assert.strictEqual(other, `${subprocess.pid} to stderr`);

    const own = Promise.all([once(subprocess, 'exit'), once(subprocess, 'close')]);
    subprocess.stdin.end('leave');
    assert.deepStrictEqual(await own, [
      [7, null],
      [7, null],
    ]);
    assert.deepStrictEqual(await end, [7, null]);
    assert.deepStrictEqual([subprocess.exitCode, subprocess.signalCode], [7, null]);
    assert.strictEqual(subprocess.connected, false);
  },
  worker() {
    process.stdout.write(`${process.pid} to stdout`);
    process.stderr.write(`${process.pid} to stderr`);
    process.stdin.once('data', (data) => process.exit(`${data}` === 'leave' ? 7 : 5));
  },
});

scenario('worker.process.kill() kills it', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    assert.strictEqual(worker.process.kill('SIGKILL'), true);
    assert.deepStrictEqual(await end, [null, 'SIGKILL']);
    assert.deepStrictEqual([worker.process.exitCode, worker.process.signalCode], [null, 'SIGKILL']);
    assert.strictEqual(worker.process.killed, true);
  },
  worker() {},
});

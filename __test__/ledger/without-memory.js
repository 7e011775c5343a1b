'use strict';

const assert = require('node:assert');
const childProcess = require('node:child_process');
const net = require('node:net');
const { scenario, listening, settled, read } = require('../harness');

/** No file may grow, not even one in memory. */
const limit = () => childProcess.execFileSync('prlimit', ['--fsize=0', `--pid=${process.pid}`]);

scenario('if no memory can be shared, workers claim by frames', {
  skipBuiltin: 'it has no ledger',
  async primary(cluster) {
    limit();
    const { port, workers } = await listening(cluster, 2);
    const answers = [];
    for (let i = 0; i < 10; i++) answers.push(await read(port));
    assert.deepStrictEqual(answers.sort(), [...Array(5).fill('1'), ...Array(5).fill('2')]);
    assert.ok(
      !childProcess
        .execFileSync('cat', [`/proc/${workers[0].process.pid}/maps`])
        .includes('memfd:rs-cluster'),
    );

    // What a dead worker had not claimed is answered by another here too.
    workers[0].process.kill('SIGSTOP');
    const rest = Array.from({ length: 4 }, () => read(port));
    await Promise.race(rest);
    workers[0].process.kill('SIGKILL');
    assert.deepStrictEqual(await Promise.all(rest), ['2', '2', '2', '2']);
    cluster.disconnect();
  },
  worker: (cluster) =>
    net.createServer((socket) => socket.end(`${cluster.worker.id}`)).listen(0, '127.0.0.1'),
});

scenario('if no memory can be shared, a worker that does not answer is found all the same', {
  skipBuiltin: 'it has no such function',
  async primary(cluster) {
    limit();
    const { workers } = await listening(cluster, 1);
    const figures = () => cluster.stats().workers[1];
    const stop = async () => {
      workers[0].process.kill('SIGSTOP');
      assert.ok(await settled(() => figures().blocked > 500));
      workers[0].process.kill('SIGCONT');
      assert.ok(await settled(() => figures().blocked === 0));
    };
    await stop();
    // It has answered twice then, but cannot say how busy it is.
    await stop();
    assert.strictEqual(figures().utilization, 0);
    cluster.disconnect();
  },
  worker: () => net.createServer().listen(0, '127.0.0.1'),
});

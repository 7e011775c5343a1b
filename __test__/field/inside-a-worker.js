'use strict';

const assert = require('node:assert');
const childProcess = require('node:child_process');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('a worker and its children see no trace of how it was started', {
  async primary(cluster) {
    const worker = cluster.fork({ GIVEN: 'yes' });
    const end = exited(worker);
    const [seen] = await once(worker, 'message');
    assert.deepStrictEqual(await end, [0, null]);

    const { argv, execArgv } = process;
    const environment = [...Object.keys(process.env), 'GIVEN'].sort();
    assert.deepStrictEqual(seen, { argv, execArgv, environment, child: environment });
  },
  worker() {
    const program = 'JSON.stringify(Object.keys(process.env).sort())';
    const child = JSON.parse(childProcess.execFileSync(process.execPath, ['-p', program]));
    const { argv, execArgv } = process;
    const environment = Object.keys(process.env).sort();
    process.send({ argv, execArgv, environment, child }, () => process.disconnect());
  },
});

scenario("a worker's own forks are no workers, and have a channel of their own", {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const [answer] = await once(worker, 'message');
    assert.deepStrictEqual(answer, { isPrimary: true, execArgv: [], workers: {} });
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker(cluster) {
    const child = childProcess.fork(require.resolve('../fixtures/child-of-a-worker'));
    child.on('message', (answer) => process.send(answer));
    child.on('exit', () => cluster.worker.disconnect());
  },
});

scenario('cluster in a worker', {
  async primary(cluster) {
    assert.deepStrictEqual(await exited(cluster.fork()), [0, null]);
  },
  worker(cluster) {
    assert.strictEqual(cluster.isPrimary, false);
    assert.strictEqual(cluster.isMaster, false);
    assert.strictEqual(cluster.isWorker, true);
    for (const name of ['workers', 'settings', 'fork', 'setupPrimary', 'setupMaster', 'disconnect']) {
      assert.strictEqual(cluster[name], undefined, name);
    }
    assert.strictEqual(cluster.worker.process, process);
    assert.strictEqual(cluster.worker.id, 1);
    cluster.worker.disconnect();
  },
});

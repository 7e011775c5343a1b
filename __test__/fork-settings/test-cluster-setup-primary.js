'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('setupPrimary() says how workers are started', {
  async primary(cluster) {
    const online = [];
    cluster.on('online', (worker) => online.push(worker.id));

    cluster.setupPrimary({ args: ['of the workers'], silent: true });
    await once(cluster, 'setup');
    assert.deepStrictEqual(cluster.settings.args, ['of the workers']);
    assert.strictEqual(cluster.settings.silent, true);
    assert.strictEqual(cluster.settings.exec, process.argv[1]);

    const workers = [cluster.fork(), cluster.fork()];
    const answers = await Promise.all(workers.map((worker) => once(worker, 'message')));
    for (const [argv] of answers) assert.deepStrictEqual(argv.slice(1), [process.argv[1], 'of the workers']);
    for (const worker of workers) {
      assert.ok(worker.process.stdout, 'a silent worker has pipes');
      worker.disconnect();
      assert.deepStrictEqual(await exited(worker), [0, null]);
    }
    assert.deepStrictEqual(online.sort(), [1, 2]);
  },
  worker() {
    process.send(process.argv);
  },
});

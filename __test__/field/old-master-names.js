'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('the old names setupMaster and isMaster work', {
  async primary(cluster) {
    assert.strictEqual(cluster.isMaster, true);
    assert.strictEqual(cluster.isWorker, false);
    assert.strictEqual(cluster.setupMaster, cluster.setupPrimary);
    const setup = once(cluster, 'setup');
    assert.strictEqual(cluster.setupMaster({ args: ['by the old name'] }), undefined);
    assert.deepStrictEqual(cluster.settings.args, ['by the old name']);
    assert.strictEqual((await setup)[0], cluster.settings);

    const worker = cluster.fork();
    const end = exited(worker);
    const [answer] = await once(worker, 'message');
    assert.deepStrictEqual(answer, { isMaster: false, isWorker: true, argument: 'by the old name' });
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker({ isMaster, isWorker }) {
    process.send({ isMaster, isWorker, argument: process.argv[2] }, () => process.disconnect());
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('workers get the arguments that the primary has when setupPrimary() is called', {
  args: ['early'],
  async primary(cluster) {
    process.argv.push('late', 'later');
    const setup = once(cluster, 'setup', { signal: AbortSignal.timeout(1_000) });
    cluster.setupPrimary();
    process.argv.push('too late');
    await setup;
    assert.deepStrictEqual(cluster.settings.args, ['early', 'late', 'later']);

    const worker = cluster.fork();
    const [args] = await once(worker, 'message');
    assert.deepStrictEqual(args, ['early', 'late', 'later']);
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    process.send(process.argv.slice(2));
  },
});

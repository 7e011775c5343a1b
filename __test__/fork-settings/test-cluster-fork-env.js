'use strict';

const assert = require('node:assert');
const { on, once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('fork(env) adds to a copy of the environment, and wins if both have a name', {
  env: { RS_OF_PRIMARY: 'primary', RS_OF_BOTH: 'primary' },
  async primary(cluster) {
    const worker = cluster.fork({ RS_OF_BOTH: 'given', RS_GIVEN: 'given', RS_NUMBER: 7 });
    const messages = on(worker, 'message');
    const [{ env }] = (await messages.next()).value;
    assert.deepStrictEqual(env, {
      RS_OF_PRIMARY: 'primary',
      RS_OF_BOTH: 'given',
      RS_GIVEN: 'given',
      RS_NUMBER: '7',
    });
    const [{ returned }] = (await messages.next()).value;
    assert.strictEqual(returned, true);
    assert.strictEqual(process.env.RS_OF_BOTH, 'primary');
    assert.ok(!('RS_GIVEN' in process.env));
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);

    // What one worker was given is not for the next.
    const next = cluster.fork();
    const [{ env: its }] = await once(next, 'message');
    assert.deepStrictEqual(its, { RS_OF_PRIMARY: 'primary', RS_OF_BOTH: 'primary' });
    next.disconnect();
    assert.deepStrictEqual(await exited(next), [0, null]);
  },
  worker(cluster) {
    const { RS_OF_PRIMARY, RS_OF_BOTH, RS_GIVEN, RS_NUMBER } = process.env;
    const env = { RS_OF_PRIMARY, RS_OF_BOTH, RS_GIVEN, RS_NUMBER };
    cluster.worker.send({ returned: cluster.worker.send({ env }) });
  },
});

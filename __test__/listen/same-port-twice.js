'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { NODE, scenario, exited, freePort } = require('../harness');

const POLICIES = ['SCHED_RR', 'SCHED_NONE'];

for (const policy of POLICIES) {
  scenario(`one worker that listens twice on a fixed port gets EADDRINUSE, under ${policy}`, {
    skipBuiltin: NODE >= 22 && policy === 'SCHED_NONE' ? 'it dies of an assertion of its own' : undefined,
    async primary(cluster) {
      cluster.schedulingPolicy = cluster[policy];
      const worker = cluster.fork({ RS_TEST_PORT: await freePort('127.0.0.1') });
      assert.deepStrictEqual(await exited(worker), [0, null]);
    },
    async worker(cluster) {
      const listen = () => net.createServer().listen(Number(process.env.RS_TEST_PORT), '127.0.0.1');
      const first = listen();
      await once(first, 'listening');
      const [error] = await once(listen(), 'error');
      assert.strictEqual(error.code, 'EADDRINUSE');
      assert.strictEqual(first.listening, true);
      cluster.worker.disconnect();
    },
  });
}

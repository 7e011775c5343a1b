'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

async function check(fork, disconnect) {
  const worker = fork();
  const end = exited(worker);
  const [message] = await once(worker, 'message');
  assert.deepStrictEqual(message, { undefined: ['SCHED_RR', 'SCHED_NONE', 'schedulingPolicy'] });
  await new Promise((resolve) => disconnect(resolve));
  assert.deepStrictEqual(await end, [0, null]);
}

function worker(cluster) {
  const names = ['SCHED_RR', 'SCHED_NONE', 'schedulingPolicy'];
  process.send({ undefined: names.filter((name) => cluster[name] === undefined) });
}

scenario('the functions of cluster work without it as their `this`', {
  async primary({ setupPrimary, fork, disconnect }) {
    setupPrimary({ silent: false });
    await check(fork, disconnect);
  },
  worker,
});

for (const name of ['node:cluster', 'cluster']) {
  scenario(`the functions that import('${name}') gives are those of cluster`, {
    async primary(cluster) {
      const namespace = await import(name);
      assert.strictEqual(namespace.default, cluster);
      assert.strictEqual(namespace.fork, cluster.fork);
      await check(namespace.fork, namespace.disconnect);
    },
    worker,
  });
}

scenario("import('rs-cluster') names what require() gives", {
  skipBuiltin: 'it is another module',
  async primary(cluster) {
    const namespace = await import('../../index.js');
    assert.strictEqual(namespace.default, cluster);
    await check(namespace.fork, namespace.disconnect);
  },
  worker,
});

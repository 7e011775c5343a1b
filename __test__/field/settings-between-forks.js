'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

/** What a new worker says of itself. */
async function ask(cluster) {
  const worker = cluster.fork();
  const end = exited(worker);
  const [answer] = await once(worker, 'message');
  assert.deepStrictEqual(await end, [0, null]);
  return answer;
}

function worker() {
  const [, exec, ...args] = process.argv;
  process.send({ exec, args, title: process.title }, () => process.disconnect());
}

scenario('settings that are assigned between two forks count for the second', {
  async primary(cluster) {
    cluster.setupPrimary();
    const exec = process.argv[1];
    assert.deepStrictEqual((await ask(cluster)).args, []);
    cluster.settings.args = ['one', 'two'];
    assert.deepStrictEqual((await ask(cluster)).args, ['one', 'two']);
    cluster.settings.execArgv = ['--title=assigned'];
    assert.strictEqual((await ask(cluster)).title, 'assigned');
    cluster.settings.exec = require.resolve('../fixtures/worker-says-its-exec');
    assert.deepStrictEqual(await ask(cluster), { exec: cluster.settings.exec });
    cluster.settings.exec = exec;
    assert.strictEqual((await ask(cluster)).exec, exec);
  },
  worker,
});

scenario('an argument that is pushed for one fork is there for that fork only', {
  async primary(cluster) {
    cluster.setupPrimary({ execArgv: [] });
    cluster.settings.execArgv.push('--title=pushed');
    const first = ask(cluster);
    cluster.settings.execArgv.pop();
    const second = ask(cluster);
    assert.strictEqual((await first).title, 'pushed');
    assert.notStrictEqual((await second).title, 'pushed');
  },
  worker,
});

scenario('a former settings object is never changed, and may be set again', {
  async primary(cluster) {
    cluster.setupPrimary({ args: ['first'], execArgv: [] });
    const { settings: former } = cluster;
    const copy = structuredClone(former);
    cluster.setupPrimary({ args: ['second'] });
    assert.notStrictEqual(cluster.settings, former);
    assert.deepStrictEqual((await ask(cluster)).args, ['second']);
    assert.deepStrictEqual(former, copy);
    cluster.setupPrimary(former);
    assert.deepStrictEqual((await ask(cluster)).args, ['first']);
    assert.deepStrictEqual(former, copy);
    assert.deepStrictEqual(cluster.settings, copy);
  },
  worker,
});

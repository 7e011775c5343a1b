'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario } = require('../harness');

scenario("every setupPrimary() emits 'setup' with the merged settings", {
  async primary(cluster) {
    const calls = [];
    cluster.on('setup', (...args) => {
      calls.push(args);
      assert.strictEqual(args[0], cluster.settings);
    });

    cluster.setupPrimary({ silent: true, exec: 'something' });
    await once(cluster, 'setup');
    cluster.setupPrimary();
    await once(cluster, 'setup');

    const { args, execArgv } = cluster.settings;
    const settings = { args, exec: 'something', execArgv, silent: true };
    assert.deepStrictEqual(calls, [[settings], [settings]]);
  },
});

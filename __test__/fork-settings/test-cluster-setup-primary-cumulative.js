'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

scenario('each setupPrimary() adds to the settings and resets none', {
  execArgv: ['--no-warnings'],
  args: ['one'],
  async primary(cluster) {
    assert.deepStrictEqual(cluster.settings, {});

    cluster.setupPrimary();
    const expected = {
      args: ['one'],
      exec: process.argv[1],
      execArgv: ['--no-warnings'],
      silent: false,
    };
    assert.deepStrictEqual(cluster.settings, expected);
    assert.deepStrictEqual(cluster.settings.execArgv, process.execArgv);

    const additions = [
      { exec: 'another' },
      { args: ['two', 'three'] },
      { silent: true },
      { execArgv: [] },
      { cwd: '/' },
      undefined,
    ];
    for (const addition of additions) {
      const former = cluster.settings;
      const copy = { ...former };
      cluster.setupPrimary(addition);
      Object.assign(expected, addition);
      assert.deepStrictEqual(cluster.settings, expected);
      assert.deepStrictEqual(former, copy, 'the former settings object was written to');
    }
  },
});

scenario('a fork adds no key to the settings', {
  async primary(cluster) {
    const worker = cluster.fork();
    assert.deepStrictEqual(await exited(worker), [3, null]);
    assert.deepStrictEqual(cluster.settings, {
      args: [],
      exec: process.argv[1],
      execArgv: [],
      silent: false,
    });
  },
  worker() {
    process.exit(3);
  },
});

'use strict';

// Settings and variables that no program should give, and that Node takes.

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

/** In the place of a list of texts. The worker's Node decides what it means. */
const EXEC_ARGV = [[5], [{}], new Set(['--no-warnings']), { length: 0 }];

scenario('setupPrimary() takes for execArgv whatever Node takes', {
  primary(cluster) {
    for (const execArgv of EXEC_ARGV) {
      cluster.setupPrimary({ execArgv });
      assert.strictEqual(cluster.settings.execArgv, execArgv);
    }
    for (const execArgv of [null, [null], [undefined]]) {
      assert.throws(() => cluster.setupPrimary({ execArgv }), TypeError);
    }
  },
});

scenario('a set of flags is a list of flags', {
  async primary(cluster) {
    cluster.setupPrimary({ execArgv: new Set(['--no-warnings']) });
    const worker = cluster.fork();
    worker.on('message', (execArgv) => assert.deepStrictEqual(execArgv, ['--no-warnings']));
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    process.send(process.execArgv, () => process.disconnect());
  },
});

scenario('a worker looks for no other channel than its own', {
  skipBuiltin: 'its worker takes what it was given for its channel, and fails',
  async primary(cluster) {
    const worker = cluster.fork({ NODE_CHANNEL_FD: '9' });
    worker.on('message', (variable) => assert.strictEqual(variable, null));
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    process.send(process.env.NODE_CHANNEL_FD ?? null, () => process.disconnect());
  },
});

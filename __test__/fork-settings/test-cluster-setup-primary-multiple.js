'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const { scenario } = require('../harness');

scenario("three calls of setupPrimary() give three 'setup' events, each after its call", {
  async primary(cluster) {
    const seen = [];
    cluster.on('setup', () => seen.push(cluster.settings.exec));

    const expected = [];
    for (const exec of ['first', 'second', 'third']) {
      const setup = once(cluster, 'setup');
      cluster.setupPrimary({ exec });
      assert.deepStrictEqual(seen, expected, 'the event came before the call returned');
      expected.push(exec);
      await setup;
      assert.deepStrictEqual(seen, expected);
    }
    // No event tells that a fourth does not come.
    await sleep(100);
    assert.deepStrictEqual(seen, expected);
  },
});

'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

scenario('workers that are not yet online are disconnected', {
  async primary(cluster) {
    const { fork } = cluster;
    const workers = [fork(), fork()];
    const ends = workers.map(exited);
    let calls = 0;
    cluster.disconnect(() => {
      calls++;
      assert.deepStrictEqual(Object.keys(cluster.workers), []);
    });
    for (const end of await Promise.all(ends)) assert.deepStrictEqual(end, [0, null]);
    process.on('exit', () => assert.strictEqual(calls, 1));
  },
  worker() {},
});

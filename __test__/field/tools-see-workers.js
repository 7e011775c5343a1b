'use strict';

const assert = require('node:assert');
const { ChildProcess } = require('node:child_process');
const diagnostics = require('node:diagnostics_channel');
const { once } = require('node:events');
const { NODE, scenario, exited } = require('../harness');

function worker() {
  process.send({ traced: process.env.TRACED }, () => process.disconnect());
}

scenario("the diagnostics channel 'child_process' tells of each worker once", {
  skip: NODE < 20 && 'this Node has no such channel',
  async primary(cluster) {
    const published = [];
    diagnostics.channel('child_process').subscribe(({ process }) => published.push(process));
    const workers = [cluster.fork(), cluster.fork()];
    const ends = await Promise.all(workers.map(exited));
    assert.deepStrictEqual(ends, [
      [0, null],
      [0, null],
    ]);
    assert.strictEqual(published.length, 2);
    published.forEach((each, index) => {
      assert.ok(each instanceof ChildProcess);
      assert.strictEqual(each, workers[index].process);
    });
  },
  worker,
});

scenario('a tool that patches ChildProcess.prototype.spawn sees workers, and may change them', {
  async primary(cluster) {
    const { spawn } = ChildProcess.prototype;
    const spawned = [];
    ChildProcess.prototype.spawn = function (options) {
      spawned.push(options.args.includes(process.argv[1]));
      options.envPairs.push('TRACED=yes');
      return spawn.call(this, options);
    };
    const worker = cluster.fork();
    const end = exited(worker);
    const [answer] = await once(worker, 'message');
    assert.deepStrictEqual(answer, { traced: 'yes' });
    assert.deepStrictEqual(spawned, [true]);
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker,
});

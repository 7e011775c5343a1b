'use strict';

const assert = require('node:assert');
const { ChildProcess } = require('node:child_process');
const diagnosticsChannel = require('node:diagnostics_channel');
const { text } = require('node:stream/consumers');
const { NODE, scenario, exited } = require('../harness');

scenario("each fork is published once on the diagnostics channel 'child_process'", {
  skip: NODE < 20 && 'Node 18 publishes nothing there',
  async primary(cluster) {
    const published = [];
    diagnosticsChannel.channel('child_process').subscribe((message) => published.push(message));
    cluster.setupPrimary({ silent: true });

    const workers = [cluster.fork(), cluster.fork()];
    assert.strictEqual(published.length, 2);
    workers.forEach((worker, index) => {
      assert.ok(published[index].process instanceof ChildProcess);
      assert.strictEqual(published[index].process, worker.process);
    });

    const ends = workers.map((worker) => {
      worker.once('online', () => worker.send('disconnect'));
      return Promise.all([exited(worker), text(worker.process.stdout)]);
    });
    for (const end of await Promise.all(ends)) {
      assert.deepStrictEqual(end, [[0, null], '["disconnect"]\n']);
    }
    assert.strictEqual(published.length, 2);
  },
  worker() {
    const messages = [];
    process.on('message', (message) => {
      messages.push(message);
      if (message === 'disconnect') process.disconnect();
    });
    process.on('exit', () => console.log(JSON.stringify(messages)));
  },
});

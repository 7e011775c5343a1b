'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const inspector = require('node:inspector');
const freePorts = require('../fixtures/free-ports');
const { scenario, exited } = require('../harness');

scenario('NODE_OPTIONS=--inspect gives each worker a port of its own', {
  async primary(cluster) {
    process.env.NODE_OPTIONS = '--inspect';
    const first = await freePorts(2, '127.0.0.1');
    process.debugPort = first - 1;
    const workers = [cluster.fork(), cluster.fork()];
    const online = workers.map((worker) => once(worker, 'online'));
    const messages = await Promise.all(workers.map((worker) => once(worker, 'message')));
    await Promise.all(online);
    assert.deepStrictEqual(
      messages.map(([url]) => new URL(url).host),
      [`127.0.0.1:${first}`, `127.0.0.1:${first + 1}`],
    );
    for (const worker of workers) {
      worker.disconnect();
      assert.deepStrictEqual(await exited(worker), [0, null]);
      assert.strictEqual(worker.exitedAfterDisconnect, true);
    }
  },
  worker() {
    process.send(inspector.url());
  },
});

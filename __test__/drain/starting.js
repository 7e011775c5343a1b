'use strict';

// A drain of a worker that starts, and servers that listen when it has begun.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { scenario, exited, temporaryPath } = require('../harness');
const { drains, told, connect, rest } = require('../fixtures/drains');

for (const when of ['was just forked', 'is online']) {
  scenario(`a worker that ${when} leaves at once, and may still call listen()`, {
    skipBuiltin: 'it has no drain()',
    async primary(cluster) {
      const worker = cluster.fork();
      const end = exited(worker);
      if (when === 'is online') await once(worker, 'online');
      assert.deepStrictEqual(await worker.drain({ timeout: 120_000 }), { killed: false });
      assert.deepStrictEqual(await end, [0, null]);
    },
    worker() {
      process.once('disconnect', () => net.createServer().listen(0, '127.0.0.1'));
    },
  });
}

for (const policy of ['SCHED_RR', 'SCHED_NONE']) {
  drains(`a server that is to listen when the drain begins does not (${policy})`, {
    policy,
    async primary({ worker, port }) {
      const text = rest(await connect(worker, port));
      const end = exited(worker);
      const asked = told(worker, 'asked');
      const path = temporaryPath('drained');
      worker.send(path);
      await asked;
      const drained = worker.drain({ timeout: 1000 });
      // From now on the worker reads the answer and the order to drain.
      fs.writeFileSync(path, '');
      assert.strictEqual(await text, '');
      assert.deepStrictEqual(await drained, { killed: false });
      assert.deepStrictEqual(await end, [0, null]);
    },
    worker() {
      process.once('message', (path) => {
        net
          .createServer()
          .on('listening', () => process.exit(7))
          // Without a name to look up, it asks the primary at once.
          .listen(0);
        process.send('asked', () => {
          while (!fs.existsSync(path));
        });
      });
      return net.createServer();
    },
  });
}

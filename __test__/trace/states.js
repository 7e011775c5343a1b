'use strict';

// worker.state goes only through the states that lib/lifecycle.js has in its table.

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

/** What ends the life of a worker. */
const ENDS = {
  'worker.disconnect()': (worker) => worker.disconnect(),
  'worker.kill()': (worker) => worker.kill('SIGKILL'),
  'process.exit()': (worker) => worker.send('exit'),
  'cluster.worker.disconnect()': (worker) => worker.send('disconnect'),
  'cluster.worker.destroy()': (worker) => worker.send('destroy'),
};

for (const [name, end] of Object.entries(ENDS)) {
  scenario(`no state is unexpected in a life that ends by ${name}`, {
    skipBuiltin: 'it has no such trace',
    env: { NODE_DEBUG: 'rs-cluster' },
    async primary(cluster) {
      const worker = cluster.fork();
      await once(worker, 'listening');
      end(worker);
      await exited(worker);
    },
    worker(cluster) {
      net.createServer().listen(0);
      process.on('message', (message) => {
        if (message === 'exit') process.exit(0);
        else cluster.worker[message]();
      });
    },
    check({ code, stderr }) {
      assert.strictEqual(code, 0, stderr);
      const changes = [...stderr.matchAll(/worker 1: its state (.*)$/gm)].map(([, text]) => text);
      assert.ok(changes.includes('none becomes online'), stderr);
      assert.ok(changes.includes('online becomes listening'), stderr);
      assert.ok(
        changes.some((text) => text.endsWith('becomes dead')),
        stderr,
      );
      for (const text of changes) assert.doesNotMatch(text, /unexpected/);
    },
  });
}

'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, settled, descriptors, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const limitDescriptors = require('../fixtures/limit_descriptors');
const { load } = require('../fixtures/load');
const printed = require('../fixtures/printed');

const CLIENTS = 300;

/** For how many connections the primary has descriptors. */
const ROOM = 30;

/** Whether this process has no descriptor left: to look takes one. */
function isFull() {
  try {
    descriptors();
    return false;
  } catch ({ code }) {
    return code === 'EMFILE';
  }
}

scenario('a primary without descriptors stops accepting, goes on when it has some, and loses no connection', {
  timeout: 30_000,
  skipBuiltin: 'it closes what it has no descriptor for',
  async primary(cluster) {
    const journal = new Journal(temporaryPath('journal'));
    const { port, workers } = await listening(cluster, 2, { env: journal.env });
    const before = descriptors();
    // No worker claims anything: all that is accepted stays with the primary.
    for (const worker of workers) worker.process.kill('SIGSTOP');
    limitDescriptors(process.pid, ROOM);
    const clients = load(port, { count: CLIENTS });
    assert.ok(await settled(isFull), 'there was room for all');
    const { accepted } = cluster.stats();
    for (const worker of workers) worker.process.kill('SIGCONT');

    const result = await clients;
    console.log(`${accepted} accepted when the primary was full; ${result}`);
    assert.ok(accepted <= ROOM);
    assert.deepStrictEqual(result.failed, []);
    assert.deepStrictEqual(journal.explain(result), { seen: [], unseen: 0 });
    assert.strictEqual(cluster.stats().accepted, CLIENTS);
    assert.ok(await settled(() => descriptors() === before));
    for (const worker of workers) worker.process.kill('SIGKILL');
  },
  worker: serve,
  check: printed,
});

/** What all workers ask for: the second worker shares the first one's port. */
const SHARED = {
  'a server': () => net.createServer((socket) => socket.end()).listen(0, '127.0.0.1'),
  'a socket of datagrams': () => dgram.createSocket('udp4').bind(0, '127.0.0.1'),
};

for (const [what, listen] of Object.entries(SHARED)) {
  scenario(`a primary without descriptors gives a worker ${what} that the workers share`, {
    timeout: 15_000,
    async primary(cluster) {
      cluster.schedulingPolicy = cluster.SCHED_NONE;
      const workers = [cluster.fork(), cluster.fork()];
      await Promise.all(workers.map((worker) => once(worker, 'online')));
      const [first, second] = workers;
      first.send('listen');
      const [{ port }] = await once(first, 'listening');
      limitDescriptors(process.pid, 0);
      second.send('listen');
      const [address] = await once(second, 'listening');
      assert.strictEqual(address.port, port);
      // The socket is what the second worker has as well.
      first.process.kill('SIGKILL');
      await once(first, 'exit');
      second.send('close');
      const [closed] = await once(second, 'message');
      assert.strictEqual(closed, 'closed');
      second.process.kill('SIGKILL');
    },
    worker() {
      process.once('message', () => {
        const shared = listen();
        process.once('message', () => shared.close(() => process.send('closed')));
      });
    },
  });
}

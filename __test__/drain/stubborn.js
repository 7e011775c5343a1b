'use strict';

// A worker that does not leave by itself is ended, and drain() says so.

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');
const { drains, told, connect, rest } = require('../fixtures/drains');

const QUICK = { timeout: 200, killTimeout: 200 };

/** How a worker resists, and the signal that ends it. */
const RESISTANCE = {
  'is blocked': {
    signal: 'SIGTERM',
    resist() {
      for (;;);
    },
  },
  'is blocked, and has a listener for SIGTERM': {
    signal: 'SIGKILL',
    resist() {
      process.on('SIGTERM', () => {});
      // The listener has to be there.
      setImmediate(() => {
        for (;;);
      });
    },
  },
  'has a timer': { signal: 'SIGTERM', resist: () => setInterval(() => {}, 1000) },
};

/** SIGKILL comes first in a process that gets no processor between the two signals. */
const SLOW = { timeout: 200, killTimeout: 1000 };

for (const [name, { signal, resist }] of Object.entries(RESISTANCE)) {
  drains(`a worker that ${name} ends by ${signal}`, {
    async primary({ worker }) {
      const resists = told(worker, 'I resist');
      worker.send('resist');
      await resists;
      const end = exited(worker);
      assert.deepStrictEqual(await worker.drain(SLOW), { killed: true });
      assert.deepStrictEqual(await end, [null, signal]);
      assert.strictEqual(worker.exitedAfterDisconnect, true);
    },
    worker() {
      process.once('message', () => process.send('I resist', () => resist()));
      return net.createServer();
    },
  });
}

drains('a stopped worker ends by SIGKILL', {
  async primary({ worker }) {
    const end = exited(worker);
    worker.process.kill('SIGSTOP');
    assert.deepStrictEqual(await worker.drain(QUICK), { killed: true });
    assert.deepStrictEqual(await end, [null, 'SIGKILL']);
  },
  worker: () => net.createServer(),
});

drains('a worker that has disconnected, and lives on, ends by SIGTERM', {
  async primary({ worker }) {
    const end = exited(worker);
    worker.disconnect();
    await once(worker, 'disconnect');
    assert.deepStrictEqual(await worker.drain({ timeout: 600_000, killTimeout: 100 }), { killed: true });
    assert.deepStrictEqual(await end, [null, 'SIGTERM']);
  },
  worker() {
    setInterval(() => {}, 1000);
    return net.createServer();
  },
});

drains('a worker that crashes while it is drained was not killed', {
  async primary({ worker }) {
    const end = exited(worker);
    assert.deepStrictEqual(await worker.drain(), { killed: false });
    assert.deepStrictEqual(await end, [7, null]);
  },
  worker(cluster) {
    cluster.worker.on('drain', () => process.exit(7));
    return net.createServer();
  },
});

drains('a second drain is the first; a worker that is gone needs none', {
  count: 2,
  async primary({ workers: [worker, other] }) {
    const drained = worker.drain();
    assert.strictEqual(worker.state, 'draining');
    assert.strictEqual(worker.drain({ timeout: 1 }), drained);
    assert.deepStrictEqual(await drained, { killed: false });
    assert.strictEqual(worker.drain(), drained);

    const end = exited(other);
    other.process.kill('SIGKILL');
    assert.deepStrictEqual(await other.drain(), { killed: false });
    await end;
  },
  worker: () => net.createServer(),
});

drains('a listener for the event that throws does not stop the drain', {
  async primary({ worker }) {
    const thrown = told(worker, 'no');
    assert.deepStrictEqual(await worker.drain(), { killed: false });
    await thrown;
  },
  worker(cluster) {
    process.on('uncaughtException', (error) => process.send(error.message));
    cluster.worker.on('drain', () => {
      throw new Error('no');
    });
    return net.createServer();
  },
});

drains('a worker whose primary has gone in the meantime finishes, and exits', {
  async primary({ worker, port }) {
    await connect(worker, port);
    const begun = told(worker, 'drain');
    void worker.drain({ timeout: 300 });
    await begun;
    process.kill(process.pid, 'SIGKILL');
  },
  worker() {
    setInterval(() => {}, 1000);
    return net.createServer();
  },
  // The harness looks whether a process is left behind.
  check: ({ signal }) => assert.strictEqual(signal, 'SIGKILL'),
});

drains('a worker that stays when it has drained exits if its primary has gone', {
  async primary({ worker }) {
    void worker.drain({ killTimeout: 120_000 });
    await once(worker, 'disconnect');
    process.kill(process.pid, 'SIGKILL');
  },
  worker() {
    setInterval(() => {}, 1000);
    return net.createServer();
  },
  check: ({ signal }) => assert.strictEqual(signal, 'SIGKILL'),
});

drains('a worker that closes its channel while it is drained decides by itself when it exits', {
  async primary({ worker, port }) {
    const end = exited(worker);
    const client = await connect(worker, port);
    assert.deepStrictEqual(await worker.drain(), { killed: false });
    assert.deepStrictEqual(await end, [5, null]);
    client.destroy();
  },
  worker: (cluster) =>
    net.createServer((socket) => {
      cluster.worker.on('drain', () => {
        process.disconnect();
        // Longer than the drain, which ends with this connection.
        socket.destroy();
        setTimeout(() => process.exit(5), 100);
      });
    }),
});

scenario('a datagram socket answers what it has received, and receives no more', {
  skipBuiltin: 'it has no drain()',
  async primary(cluster) {
    const worker = cluster.fork();
    const [{ port }] = await once(worker, 'listening');
    const client = dgram.createSocket('udp4');
    const received = told(worker, 'a question');
    client.send('a question', port, '127.0.0.1');
    await received;
    const others = [];
    worker.on('message', (message) => others.push(message));
    const start = performance.now();
    const drained = worker.drain();
    const [answer] = await once(client, 'message');
    assert.strictEqual(`${answer}`, 'an answer');
    client.send('another question', port, '127.0.0.1');
    assert.deepStrictEqual(await drained, { killed: false });
    assert.deepStrictEqual(others, []);
    // One second, and by the clock of Node's timers.
    assert.ok(performance.now() - start > 990);
    client.close();
  },
  worker(cluster) {
    const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    socket.on('message', (message, { port }) => {
      process.send(`${message}`);
      cluster.worker.on('drain', () => socket.send('an answer', port, '127.0.0.1'));
    });
  },
});

drains('a connection of net that was unref()ed ends with the process', {
  async primary({ worker, port }) {
    const text = rest(await connect(worker, port));
    const end = exited(worker);
    assert.deepStrictEqual(await worker.drain(SLOW), { killed: true });
    assert.deepStrictEqual(await end, [null, 'SIGTERM']);
    await text;
  },
  worker: () => net.createServer((socket) => socket.unref()),
});

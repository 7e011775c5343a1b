'use strict';

// A worker that does not leave by itself is ended, and drain() says so.

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, exited } = require('../harness');

const skipBuiltin = 'it has no drain()';
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

for (const [name, { signal, resist }] of Object.entries(RESISTANCE)) {
  scenario(`a worker that ${name} ends by ${signal}`, {
    skipBuiltin,
    async primary(cluster) {
      const { workers } = await listening(cluster);
      const [worker] = workers;
      worker.send('resist');
      await once(worker, 'message');
      const end = exited(worker);
      assert.deepStrictEqual(await worker.drain(QUICK), { killed: true });
      assert.deepStrictEqual(await end, [null, signal]);
      assert.strictEqual(worker.exitedAfterDisconnect, true);
    },
    worker() {
      net.createServer().listen(0, '127.0.0.1');
      process.once('message', () => process.send('I resist', () => resist()));
    },
  });
}

scenario('a stopped worker ends by SIGKILL', {
  skipBuiltin,
  async primary(cluster) {
    const { workers } = await listening(cluster);
    const end = exited(workers[0]);
    workers[0].process.kill('SIGSTOP');
    assert.deepStrictEqual(await workers[0].drain(QUICK), { killed: true });
    assert.deepStrictEqual(await end, [null, 'SIGKILL']);
  },
  worker: () => net.createServer().listen(0, '127.0.0.1'),
});

scenario('a worker that has disconnected, and lives on, ends by SIGTERM', {
  skipBuiltin,
  async primary(cluster) {
    const { workers } = await listening(cluster);
    const end = exited(workers[0]);
    workers[0].disconnect();
    await once(workers[0], 'disconnect');
    assert.deepStrictEqual(await workers[0].drain({ timeout: 600_000, killTimeout: 100 }), { killed: true });
    assert.deepStrictEqual(await end, [null, 'SIGTERM']);
  },
  worker() {
    net.createServer().listen(0, '127.0.0.1');
    setInterval(() => {}, 1000);
  },
});

scenario('a worker that crashes while it is drained was not killed', {
  skipBuiltin,
  async primary(cluster) {
    const { workers } = await listening(cluster);
    const end = exited(workers[0]);
    assert.deepStrictEqual(await workers[0].drain(), { killed: false });
    assert.deepStrictEqual(await end, [7, null]);
  },
  worker(cluster) {
    net.createServer().listen(0, '127.0.0.1');
    cluster.worker.on('drain', () => process.exit(7));
  },
});

scenario('a second drain is the first; a worker that is gone needs none', {
  skipBuiltin,
  async primary(cluster) {
    const { workers } = await listening(cluster, 2);
    const [worker, other] = workers;
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
  worker: () => net.createServer().listen(0, '127.0.0.1'),
});

scenario('a listener for the event that throws does not stop the drain', {
  skipBuiltin,
  async primary(cluster) {
    const { workers } = await listening(cluster);
    const message = once(workers[0], 'message');
    assert.deepStrictEqual(await workers[0].drain(), { killed: false });
    assert.deepStrictEqual((await message)[0], 'no');
  },
  worker(cluster) {
    net.createServer().listen(0, '127.0.0.1');
    process.on('uncaughtException', (error) => process.send(error.message));
    cluster.worker.on('drain', () => {
      throw new Error('no');
    });
  },
});

scenario('a worker whose primary has gone in the meantime finishes, and exits', {
  skipBuiltin,
  async primary(cluster) {
    const { workers, port } = await listening(cluster);
    net.connect(port, '127.0.0.1');
    await once(workers[0], 'message');
    void workers[0].drain({ timeout: 300 });
    await once(workers[0], 'message');
    process.kill(process.pid, 'SIGKILL');
  },
  worker(cluster) {
    net.createServer(() => process.send('connection')).listen(0, '127.0.0.1');
    setInterval(() => {}, 1000);
    cluster.worker.on('drain', () => process.send('drain'));
  },
  // The harness looks whether a process is left behind.
  check: ({ signal }) => assert.strictEqual(signal, 'SIGKILL'),
});

scenario('a worker that closes its channel while it is drained decides by itself when it exits', {
  skipBuiltin,
  async primary(cluster) {
    const { workers, port } = await listening(cluster);
    const end = exited(workers[0]);
    const called = once(workers[0], 'message');
    const client = net.connect(port, '127.0.0.1');
    await called;
    assert.deepStrictEqual(await workers[0].drain(), { killed: false });
    assert.deepStrictEqual(await end, [5, null]);
    client.destroy();
  },
  worker(cluster) {
    const server = net.createServer((socket) => {
      cluster.worker.on('drain', () => {
        process.disconnect();
        // Longer than the drain, which ends with this connection.
        socket.destroy();
        setTimeout(() => process.exit(5), 100);
      });
      process.send('connection');
    });
    server.listen(0, '127.0.0.1');
  },
});

scenario('a datagram socket answers what it has received, and receives no more', {
  skipBuiltin,
  async primary(cluster) {
    const worker = cluster.fork();
    const [{ port }] = await once(worker, 'listening');
    const client = dgram.createSocket('udp4');
    client.send('a question', port, '127.0.0.1');
    await once(worker, 'message');
    const drained = worker.drain();
    const [answer] = await once(client, 'message');
    assert.strictEqual(`${answer}`, 'an answer');
    assert.deepStrictEqual(await drained, { killed: false });
    client.close();
  },
  worker(cluster) {
    const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    socket.on('message', (message, { port }) => {
      process.send('received');
      cluster.worker.on('drain', () => socket.send('an answer', port, '127.0.0.1'));
    });
  },
});

'use strict';

// Pending bytes keep a process alive, even if it unrefs its channel: same as in libuv, in which a write
// request does.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { scenario, exited } = require('../harness');

/** No socket takes that much at once. */
const LARGE = 'x'.repeat(8e6);
const SMALL = 'y'.repeat(100);
const COUNT = 50_000;

/** Calls on a channel that has pending bytes. */
const WISHES = {
  unref: (channel) => channel.unref(),
  'ref, unref': (channel) => {
    channel.ref();
    channel.unref();
  },
  'unref, ref, unref': (channel) => {
    channel.unref();
    channel.ref();
    channel.unref();
  },
  'unref in the next tick': (channel) => process.nextTick(() => channel.unref()),
  'refCounted, unrefCounted, unref': (channel) => {
    channel.refCounted();
    channel.unrefCounted();
    channel.unref();
  },
};

const sendSmall = (target) => {
  for (let i = 0; i < COUNT; i++) target.send(SMALL);
};

/** What may be pending, and how many characters of it arrive. */
const SENDS = {
  'a large message': (target) => target.send(LARGE),
  'messages that gather': sendSmall,
};
const LENGTHS = { 'a large message': LARGE.length, 'messages that gather': SMALL.length * COUNT };

for (const serialization of ['json', 'advanced']) {
  for (const [what, send] of Object.entries(SENDS)) {
    // All calls once. The other scenarios differ in what is pending.
    const wishes = serialization === 'json' && send !== sendSmall ? Object.keys(WISHES) : ['unref'];
    for (const name of wishes) {
      const wish = WISHES[name];
      scenario(`${what} (${serialization}) from a worker that calls ${name} arrives`, {
        async primary(cluster) {
          cluster.setupPrimary({ serialization });
          const worker = cluster.fork();
          let length = 0;
          worker.on('message', (message) => (length += message.length));
          assert.deepStrictEqual(await exited(worker), [0, null]);
          assert.strictEqual(length, LENGTHS[what]);
        },
        worker() {
          send(process);
          wish(process.channel);
        },
      });
    }
  }

  scenario(
    `what a worker sends (${serialization}) before an unref() arrives, even after an earlier unref()`,
    {
      async primary(cluster) {
        cluster.setupPrimary({ serialization });
        const worker = cluster.fork();
        let length = 0;
        worker.on('message', (message) => (length += message.length));
        assert.deepStrictEqual(await exited(worker), [0, null]);
        assert.strictEqual(length, LARGE.length * 2);
      },
      worker() {
        process.channel.unref();
        process.send(LARGE, (error) => {
          assert.strictEqual(error, null);
          process.send(LARGE);
        });
      },
    },
  );

  scenario(`a primary that unrefs its worker writes all of it (${serialization})`, {
    async primary(cluster) {
      cluster.setupPrimary({ serialization });
      const worker = cluster.fork();
      await once(worker, 'online');
      worker.send(LARGE);
      worker.process.channel.unref();
      worker.process.unref();
    },
    worker() {
      process.on('message', (message) => fs.writeSync(1, `${message.length}`));
    },
    check: ({ code, stdout, stderr }) =>
      assert.deepStrictEqual({ code, stdout, stderr }, { code: 0, stdout: `${LARGE.length}`, stderr: '' }),
  });
}

scenario('a handle that waits behind a large message arrives', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const [, server] = await new Promise((resolve) => {
      worker.on('message', (message, handle) => handle && resolve([message, handle]));
    });
    assert.ok(server instanceof net.Server);
    server.close();
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker() {
    const server = net.createServer().listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      process.send(LARGE);
      process.send('take it', server, () => server.close());
      server.unref();
      process.channel.unref();
    });
  },
});

const LEAVES = {
  'process.disconnect()': () => process.disconnect(),
  'process.channel.unref() and process.disconnect()': () => {
    process.channel.unref();
    process.disconnect();
  },
  'process.disconnect() and channel.unref()': () => {
    const { channel } = process;
    process.disconnect();
    channel.unref();
  },
  'worker.disconnect() and process.channel.unref()': (cluster) => {
    cluster.worker.disconnect();
    process.channel.unref();
  },
};

for (const [name, leave] of Object.entries(LEAVES)) {
  scenario(`pending bytes arrive in spite of ${name}`, {
    skipBuiltin: 'it drops what is pending',
    async primary(cluster) {
      const worker = cluster.fork();
      let length = 0;
      worker.on('message', (message) => (length += message.length));
      assert.deepStrictEqual(await exited(worker), [0, null]);
      assert.strictEqual(length, LARGE.length);
    },
    worker(cluster) {
      process.send(LARGE);
      leave(cluster);
    },
  });
}

scenario('bytes that are pending for a worker arrive in spite of worker.process.disconnect() and unref()', {
  skipBuiltin: 'it drops what is pending',
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'online');
    worker.send(LARGE);
    const { channel } = worker.process;
    worker.process.disconnect();
    channel.unref();
    worker.process.unref();
  },
  worker() {
    process.on('message', (message) => fs.writeSync(1, `${message.length}`));
  },
  check: ({ code, stdout, stderr }) =>
    assert.deepStrictEqual({ code, stdout, stderr }, { code: 0, stdout: `${LARGE.length}`, stderr: '' }),
});

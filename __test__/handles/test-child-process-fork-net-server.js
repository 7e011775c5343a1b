'use strict';

const assert = require('node:assert');
const { on, once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { NODE, scenario, exited, read, temporaryPath } = require('../harness');

const skipBuiltin = NODE < 20 ? 'its workers cannot receive a server: the primary dies' : undefined;

scenario('a server that was sent to a worker listens in both processes', {
  skipBuiltin,
  async primary(cluster) {
    const server = net.createServer((socket) => socket.end('primary')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const file = temporaryPath('accepted');
    const worker = cluster.fork({ RS_TEST_FILE: file });
    const inbox = on(worker, 'message');
    const next = async () => (await inbox.next()).value[0];

    worker.send('server', server);
    assert.deepStrictEqual(await next(), { listening: true, port });

    for (let i = 0; i < 4; i++) assert.match(await read(port), /^(primary|worker)$/);

    // While this process is blocked, only the worker can accept what it connects itself.
    worker.send({ connect: port });
    const limit = Date.now() + 10_000;
    while (!fs.existsSync(file)) assert.ok(Date.now() < limit, 'the worker did not accept');
    assert.deepStrictEqual(await next(), { read: 'worker' });

    worker.send('close');
    assert.deepStrictEqual(await next(), 'closed');
    assert.strictEqual(server.listening, true);
    for (let i = 0; i < 4; i++) assert.strictEqual(await read(port), 'primary');

    server.close();
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    let server;
    process.on('message', async (message, handle) => {
      if (message === 'server') {
        server = handle;
        assert.ok(server instanceof net.Server);
        server.on('connection', (socket) => socket.end('worker'));
        server.on('close', () => process.send('closed'));
        process.send({ listening: server.listening, port: server.address().port });
      } else if (message === 'close') {
        server.close();
      } else {
        const text = await read(message.connect);
        fs.writeFileSync(process.env.RS_TEST_FILE, text);
        process.send({ read: text });
      }
    });
  },
});

scenario('a server that was sent to a worker goes on there when the primary has closed its own', {
  skipBuiltin,
  async primary(cluster) {
    const server = net.createServer(() => assert.fail('it is closed')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const worker = cluster.fork();
    worker.send(null, server);
    await once(worker, 'message');
    server.close();
    await once(server, 'close');
    for (let i = 0; i < 4; i++) assert.strictEqual(await read(port), 'worker');
    worker.send('close');
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker(cluster) {
    process.once('message', (message, server) => {
      assert.strictEqual(message, null);
      server.on('connection', (socket) => socket.end('worker'));
      process.once('message', () => server.close(() => cluster.worker.disconnect()));
      process.send('ready');
    });
  },
});

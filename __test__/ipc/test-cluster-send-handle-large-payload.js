'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

const LARGE = 'a€b'.repeat(266_668);
assert.strictEqual(LARGE.length, 800_004);

scenario('a large message arrives whole, and its socket with it, both ways', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    await once(worker, 'online');
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = net.connect(server.address().port, '127.0.0.1').setEncoding('utf8');
    const [socket] = await once(server, 'connection');

    worker.send({ large: LARGE }, socket);
    const [message, back] = await once(worker, 'message');
    assert.ok(message.large === LARGE, 'the message has changed on its way');
    assert.ok(back instanceof net.Socket);
    back.end('hello');
    const [text] = await once(client, 'data');
    assert.strictEqual(text, 'hello');
    client.end();
    server.close();
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker() {
    process.once('message', (message, socket) => {
      assert.ok(message.large === LARGE);
      assert.ok(socket instanceof net.Socket);
      process.send(message, socket, (error) => {
        assert.strictEqual(error, null);
        process.channel.unref();
      });
    });
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited, read } = require('../harness');

scenario('a socket that was sent to a worker is ended there, and never in the primary', {
  async primary(cluster) {
    const worker = cluster.fork();
    const sent = [];
    const server = net.createServer({ pauseOnConnect: true }, (socket) => {
      worker.send('socket', socket, (error) => sent.push(error));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');

    const { port } = server.address();
    const asked = once(worker, 'message');
    const client = net.connect(port, '127.0.0.1').setEncoding('utf8');
    const seen = [];
    client.on('data', (text) => seen.push(text));
    client.on('end', () => seen.push('end'));
    client.on('close', (hadError) => seen.push({ hadError }));
    assert.deepStrictEqual(await asked, ['received', undefined]);
    await once(client, 'close');
    assert.deepStrictEqual(seen, ['echo', 'end', { hadError: false }]);
    assert.deepStrictEqual(sent, [null]);

    assert.strictEqual(await read(port), 'echo');
    server.close();
    await once(server, 'close');
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    process.on('message', (message, socket) => {
      assert.strictEqual(message, 'socket');
      assert.ok(socket instanceof net.Socket);
      socket.end('echo');
      process.send('received');
    });
  },
});

scenario('a socket that is no longer connected arrives as undefined', {
  async primary(cluster) {
    const worker = cluster.fork();
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = net.connect(server.address().port, '127.0.0.1');
    const [socket] = await once(server, 'connection');
    socket.destroy();
    client.destroy();
    server.close();
    await once(server, 'close');

    const [error] = await new Promise((resolve) => {
      worker.send('socket', socket, (...args) => resolve(args));
    });
    assert.strictEqual(error, null);
    const [answer] = await once(worker, 'message');
    assert.deepStrictEqual(answer, { message: 'socket', type: 'undefined' });
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    process.on('message', (message, socket) => process.send({ message, type: typeof socket }));
  },
});

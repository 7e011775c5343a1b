'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

scenario('with keepOpen the socket goes on in both processes', {
  async primary(cluster) {
    const worker = cluster.fork();
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = net.connect(server.address().port, '127.0.0.1').setEncoding('utf8');
    const [socket] = await once(server, 'connection');

    const sent = new Promise((resolve) => {
      worker.send('socket', socket, { keepOpen: true }, (...args) => resolve(args));
    });
    const [[text]] = await Promise.all([once(client, 'data'), once(worker, 'message')]);
    assert.strictEqual(text, 'worker');
    assert.deepStrictEqual(await sent, [null]);

    assert.strictEqual(socket.destroyed, false);
    socket.write('primary');
    assert.deepStrictEqual(await once(client, 'data'), ['primary']);

    // The worker closes its copy by its end, this process closes the connection.
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
    socket.end('the end');
    assert.deepStrictEqual(await once(client, 'data'), ['the end']);
    await once(client, 'close');
    server.close(); // The builtin emits no 'close' when a worker that was sent a socket is gone.
  },

  worker(cluster) {
    process.once('message', (message, socket) => {
      assert.strictEqual(message, 'socket');
      socket.write('worker', () => process.send('written'));
      cluster.worker.once('disconnect', () => process.exit(0));
    });
  },
});

scenario('without keepOpen the sender has let go of the socket', {
  async primary(cluster) {
    const worker = cluster.fork();
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = net.connect(server.address().port, '127.0.0.1').setEncoding('utf8');
    const [socket] = await once(server, 'connection');
    worker.send('socket', socket);
    assert.deepStrictEqual(await once(client, 'data'), ['worker']);
    assert.strictEqual(socket._handle, null);
    await once(client, 'close');
    server.close();
    await once(server, 'close');
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    process.once('message', (message, socket) => socket.end('worker'));
  },
});

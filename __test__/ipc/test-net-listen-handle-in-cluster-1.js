'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { NODE, scenario, exited, read } = require('../harness');

scenario('a listening server is sent with null as the message', {
  skipBuiltin: NODE < 20 ? 'its primary dies of it' : undefined,
  async primary(cluster) {
    cluster.on('listening', () => assert.fail('the worker asked the primary'));
    const worker = cluster.fork();
    const end = exited(worker);
    await once(worker, 'online');
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();

    worker.send(null, server);
    assert.deepStrictEqual(await once(worker, 'message'), [{ message: null, port }, undefined]);
    server.close(); // From here on only the worker accepts.
    assert.strictEqual(await read(port), 'served by the worker');
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker(cluster) {
    process.once('message', (message, server) => {
      assert.ok(server instanceof net.Server);
      server.on('connection', (socket) => {
        socket.end('served by the worker');
        server.close();
        cluster.worker.disconnect();
      });
      process.send({ message, port: server.address().port });
    });
  },
});

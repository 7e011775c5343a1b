'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { scenario, exited } = require('../harness');

scenario("a socket that was sent becomes a connection of the worker's http server", {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    await once(worker, 'message');
    const server = net.createServer({ pauseOnConnect: true }, (socket) => worker.send('take', socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');

    const { port } = server.address();
    const answer = await new Promise((resolve, reject) => {
      http
        .get({ port, host: '127.0.0.1', agent: false }, (response) => {
          response.setEncoding('utf8').once('data', resolve);
        })
        .on('error', reject);
    });
    assert.strictEqual(answer, 'served by the worker');
    assert.deepStrictEqual(await end, [0, null]);
    server.close();
  },
  worker(cluster) {
    const server = http.createServer((request, response) => {
      assert.strictEqual(request.socket.server, server);
      response.end('served by the worker');
      cluster.worker.disconnect();
    });
    process.once('message', (message, socket) => {
      server.emit('connection', socket);
      assert.strictEqual(socket.server, server);
      socket.resume();
    });
    process.send('ready');
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited, read } = require('../harness');

const SOCKETS = 20;

scenario('sockets that are sent both ways at once do not block the channel', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    await once(worker, 'online');
    const server = net.createServer((socket) => worker.send('there', socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const errors = [];
    worker.on('message', (message, socket) => {
      if (message === 'back' && socket instanceof net.Socket) socket.end('served');
      else errors.push(message);
    });

    const { port } = server.address();
    const answers = await Promise.all(Array.from({ length: SOCKETS }, () => read(port)));
    assert.deepStrictEqual(answers, Array(SOCKETS).fill('served'));
    assert.deepStrictEqual(errors, []);
    worker.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
    server.close();
  },
  worker() {
    process.on('message', (message, socket) => process.send('back', socket));
  },
});

'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { scenario, listening, exited, read } = require('../harness');

scenario('a worker sends the same accepted socket twice in a row', {
  async primary(cluster) {
    const {
      workers: [worker],
      port,
    } = await listening(cluster);
    const end = exited(worker);
    const received = [];
    worker.on('message', (message, socket) => {
      received.push(message);
      if (message === 'first') socket.end('served');
      if (message === 'second') worker.send('leave');
    });
    assert.strictEqual(await read(port), 'served');
    assert.deepStrictEqual(await end, [0, null]);
    assert.deepStrictEqual(received, ['first', 'second']);
  },
  worker(cluster) {
    const server = net.createServer((socket) => {
      process.send('first', socket);
      process.send('second', socket);
    });
    server.listen(0, '127.0.0.1');
    process.once('message', () => cluster.worker.disconnect());
  },
});

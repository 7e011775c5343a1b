'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

scenario('a server can be unref()ed, ref()ed and closed', {
  async primary(cluster) {
    const worker = cluster.fork();
    const [message] = await once(worker, 'message');
    assert.deepStrictEqual(message, { chained: true, closed: true, listening: false });
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker(cluster) {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const chained = server.unref() === server && server.ref() === server;
      server.close((error) => {
        process.send({ chained, closed: error === undefined, listening: server.listening });
        cluster.worker.disconnect();
      });
    });
  },
});

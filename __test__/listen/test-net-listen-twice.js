'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { NODE, scenario, exited } = require('../harness');

scenario('a server that listens twice listens once', {
  skip: NODE < 20 && 'net does not know a second listen() from the first',
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    assert.deepStrictEqual(await once(worker, 'message'), [{ listening: 1 }, undefined]);
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker(cluster) {
    const { _getServer } = cluster;
    const server = net.createServer();
    let listening = 0;
    let answers = 0;
    server.on('listening', () => listening++);
    cluster._getServer = (self, options, callback) => {
      _getServer(self, options, (...answer) => {
        callback(...answer);
        if (++answers === 2) setImmediate(close);
      });
    };
    const close = () => {
      server.close(() => {
        process.send({ listening });
        cluster.worker.disconnect();
      });
    };
    server.listen(0);
    server.listen(0);
  },
});

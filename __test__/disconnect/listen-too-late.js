'use strict';

// A worker that has disconnected may call listen(). As in Node it gets no answer, and this is no error.

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

const KINDS = {
  'net.Server': () => net.createServer().listen(0, '127.0.0.1'),
  'dgram.Socket': () => dgram.createSocket('udp4').bind(0, '127.0.0.1'),
};

for (const [name, listen] of Object.entries(KINDS)) {
  scenario(`a worker may call listen() after it has disconnected, and ends with code 0 (${name})`, {
    async primary(cluster) {
      const worker = cluster.fork();
      const end = exited(worker);
      await once(worker, 'online');
      worker.disconnect();
      assert.deepStrictEqual(await end, [0, null]);
    },
    worker() {
      process.once('disconnect', () => {
        listen().on('listening', () => process.exit(7));
      });
    },
  });
}

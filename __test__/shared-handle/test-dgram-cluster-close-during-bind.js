'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('a handle that comes too late is closed', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const [message] = await once(worker, 'message');
    assert.deepStrictEqual(message, { errno: 0, closed: 1 });
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker(cluster) {
    const { _getServer } = cluster;
    const socket = dgram.createSocket('udp4');
    cluster._getServer = (self, options, callback) => {
      _getServer(self, options, (errno, handle) => {
        const { close } = handle;
        let closed = 0;
        handle.close = function (...args) {
          closed++;
          handle.close = close;
          return close.apply(this, args);
        };
        socket.close(() => {
          process.send({ errno, closed });
          cluster.worker.disconnect();
        });
        callback(errno, handle);
      });
    };
    socket.bind(0, () => assert.fail('it was closed before'));
  },
});

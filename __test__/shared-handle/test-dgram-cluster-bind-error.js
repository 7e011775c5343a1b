'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const os = require('node:os');
const { scenario, exited } = require('../harness');

scenario("a bind that fails gives an 'error', and the socket can bind again", {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const [errors] = await once(worker, 'message');
    assert.deepStrictEqual(errors, ['Error: bind EADDRNOTAVAIL 0.0.0.0']);
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker(cluster) {
    const { _getServer } = cluster;
    const errors = [];
    const socket = dgram.createSocket('udp4');
    cluster._getServer = (self, options, callback) => {
      cluster._getServer = _getServer;
      callback(-os.constants.errno.EADDRNOTAVAIL);
    };
    socket.on('error', (error) => {
      errors.push(`${error}`);
      socket.bind(0, () => {
        process.send(errors);
        cluster.worker.disconnect();
      });
    });
    socket.bind(0);
  },
});

'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { NODE, scenario, exited } = require('../harness');

scenario('a bind that fails does no harm to a socket that was closed', {
  skip: NODE < 20 && 'dgram tells of the error all the same',
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    assert.deepStrictEqual(await once(worker, 'message'), ['answered, closed', undefined]);
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker(cluster) {
    const socket = dgram.createSocket('udp4');
    socket.on('error', (error) => assert.fail(`an error came: ${error}`));
    socket.on('listening', () => assert.fail('it listens'));
    const closed = once(socket, 'close');
    cluster._getServer = async (self, options, callback) => {
      assert.strictEqual(self, socket);
      socket.close();
      callback(-1);
      await closed;
      // An error event would come in a tick of its own.
      await new Promise(setImmediate);
      process.send('answered, closed');
      cluster.worker.disconnect();
    };
    socket.bind(0);
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { NODE, scenario, exited, read } = require('../harness');

scenario('a handle made in the worker listens without the primary', {
  skip: NODE < 20 && 'net asks the primary for any handle',
  async primary(cluster) {
    cluster.on('listening', () => assert.fail('the primary was asked'));
    const worker = cluster.fork();
    const [{ sync, port }] = await once(worker, 'message');
    assert.strictEqual(sync, true);
    assert.strictEqual(await read(port), 'from the worker');
    worker.send('close');
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker(cluster) {
    cluster._getServer = () => assert.fail('the primary is asked');
    const { TCP, constants } = process.binding('tcp_wrap');
    const handle = new TCP(constants.SERVER);
    assert.strictEqual(handle.bind('127.0.0.1', 0), 0);
    const server = net.createServer((socket) => socket.end('from the worker')).listen(handle);
    const sync = server.address() !== null && server.listening;
    server.on('listening', () => process.send({ sync, port: server.address().port }));
    process.once('message', () => {
      server.close();
      cluster.worker.disconnect();
    });
  },
});

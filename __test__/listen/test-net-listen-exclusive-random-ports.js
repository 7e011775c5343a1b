'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

scenario('an exclusive server has a port of its own', {
  async primary(cluster) {
    cluster.on('listening', () => assert.fail('the primary was asked'));
    const workers = [cluster.fork(), cluster.fork()];
    const messages = await Promise.all(workers.map((worker) => once(worker, 'message')));
    const ports = messages.map(([port]) => port);
    for (const port of ports) assert.ok(Number.isInteger(port) && port > 0);
    assert.notStrictEqual(ports[0], ports[1]);
    for (const worker of workers) worker.send('close');
    for (const worker of workers) assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker(cluster) {
    const server = net.createServer().listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      process.send(server.address().port);
    });
    // The primary does not know of its socket, so disconnect() does not close it.
    process.once('message', () => {
      server.close();
      cluster.worker.disconnect();
    });
  },
});

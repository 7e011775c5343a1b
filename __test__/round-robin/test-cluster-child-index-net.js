'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

scenario('closing a server on port 0 breaks no other', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const [ports] = await once(worker, 'message');
    assert.strictEqual(ports.length, 4);
    for (const port of ports) assert.ok(port > 0);
    assert.deepStrictEqual(await end, [0, null]);
  },
  async worker(cluster) {
    const ports = [];
    const listen = async () => {
      const server = net.createServer();
      server.listen(0, '127.0.0.1', () => {
        ports.push(server.address().port);
        server.close();
      });
      await once(server, 'close');
    };
    const listenTwice = () => listen().then(listen);
    await Promise.all([listenTwice(), listenTwice()]);
    process.send(ports);
    cluster.worker.disconnect();
  },
});

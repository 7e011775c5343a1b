'use strict';

const assert = require('node:assert');
const { on, once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

const COUNT = 6;

scenario('server.getConnections() counts the sockets that live in a worker', {
  async primary(cluster) {
    const worker = cluster.fork();
    const inbox = on(worker, 'message');
    const next = async () => {
      const [message, handle] = (await inbox.next()).value;
      assert.strictEqual(handle, undefined);
      return message;
    };
    const server = net.createServer({ pauseOnConnect: true }, (socket) => worker.send('keep', socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connections = () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      });

    const clients = [];
    for (let i = 1; i <= COUNT; i++) {
      clients.push(net.connect(server.address().port, '127.0.0.1'));
      assert.deepStrictEqual(await next(), { kept: i, handle: 'object' });
    }
    assert.strictEqual(await connections(), COUNT);
    for (let left = COUNT - 1; left >= 0; left--) {
      worker.send('close one');
      assert.deepStrictEqual(await next(), { left, handle: 'undefined' });
      assert.strictEqual(await connections(), left);
    }

    for (const client of clients) if (!client.destroyed) client.resume();
    server.close();
    await once(server, 'close');
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    const sockets = [];
    process.on('message', (message, socket) => {
      const handle = typeof socket;
      if (message === 'keep') {
        process.send({ kept: sockets.push(socket), handle });
      } else {
        const left = sockets.length - 1;
        sockets
          .pop()
          .once('close', () => process.send({ left, handle }))
          .destroy();
      }
    });
  },
});

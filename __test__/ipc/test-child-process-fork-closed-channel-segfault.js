'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario } = require('../harness');

const PERMITTED = ['ERR_IPC_CHANNEL_CLOSED', 'ECONNRESET', 'ECONNREFUSED', 'EMFILE'];

scenario('sockets are sent to a worker that exits on the first', {
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'online');
    const closed = once(worker.process, 'close');

    const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const clients = [];
    const sockets = [];
    for (let i = 0; i < 2; i++) {
      clients.push(net.connect(server.address().port, '127.0.0.1').on('error', () => {}));
      const [socket] = await once(server, 'connection');
      sockets.push(socket);
    }

    const results = sockets.map((socket) => new Promise((resolve) => worker.send('take', socket, resolve)));
    assert.strictEqual(await results[0], null);
    const second = await results[1];
    if (second) assert.ok(PERMITTED.includes(second.code), second.code);

    assert.deepStrictEqual(await closed, [7, null]);
    assert.strictEqual(worker.process.channel, null);
    for (const socket of [...sockets, ...clients]) socket.destroy();
    server.close();
  },
  worker() {
    process.once('message', (message, socket) => process.exit(socket instanceof net.Socket ? 7 : 5));
  },
});

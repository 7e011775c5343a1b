'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const WebSocket = require('ws');
const { software, askEach } = require('../fixtures/software');
const { listening } = require('../harness');

const BINARY = Buffer.alloc(300_000, 'ws');

software('ws behind four workers: WebSockets, long messages, a chat over the primary', {
  async primary(cluster) {
    // What one worker hears, the clients of all shall hear.
    cluster.on('message', (_, message) => {
      for (const worker of Object.values(cluster.workers)) worker.send(message);
    });
    const { port } = await listening(cluster, 4);
    const clients = [];
    await askEach(4, async () => {
      clients.push(new WebSocket(`ws://127.0.0.1:${port}`));
      const [id] = await once(clients.at(-1), 'message');
      return `${id}`;
    });

    const echo = once(clients[0], 'message');
    clients[0].send(BINARY);
    const [data, isBinary] = await echo;
    assert.ok(isBinary && BINARY.equals(data));

    const heard = Promise.all(clients.map((client) => once(client, 'message')));
    clients[1].send('to all');
    assert.deepStrictEqual(
      (await heard).map(([text]) => `${text}`),
      clients.map(() => 'to all'),
    );

    const closed = Promise.all(clients.map((client) => once(client, 'close')));
    for (const client of clients) client.close(1000);
    await closed;
    cluster.disconnect();
  },
  worker(cluster) {
    const server = new WebSocket.Server({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket) => {
      socket.send(`${cluster.worker.id}`);
      socket.on('message', (data, isBinary) => {
        if (isBinary) socket.send(data);
        else process.send(`${data}`);
      });
    });
    process.on('message', (text) => {
      for (const client of server.clients) client.send(text);
    });
  },
});

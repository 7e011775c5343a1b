'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

// Node's own test forks 80, which tells no more than a few workers with many sockets each.
const WORKERS = 8;
const SOCKETS = 10;

scenario('eight workers pass up ten sockets each at once, and none is lost', {
  async primary(cluster) {
    const workers = Array.from({ length: WORKERS }, () => cluster.fork());
    const seen = new Map(workers.map((worker) => [worker.id, []]));
    cluster.on('message', (worker, index, socket) => {
      assert.ok(socket instanceof net.Socket, `socket ${index} of worker ${worker.id} is ${socket}`);
      seen.get(worker.id).push(index);
      socket.end(`${worker.id}.${index}`);
    });
    await Promise.all(workers.map((worker) => once(worker, 'online')));
    const exits = workers.map(exited);
    for (const worker of workers) worker.send('go');
    for (const end of await Promise.all(exits)) assert.deepStrictEqual(end, [0, null]);
    for (const indexes of seen.values()) assert.deepStrictEqual(indexes, [...Array(SOCKETS).keys()]);
  },

  worker(cluster) {
    const callbacks = [];
    const texts = [];
    const finish = () => {
      if (callbacks.length < SOCKETS || texts.length < SOCKETS) return;
      const expected = Array.from({ length: SOCKETS }, (_, i) => `${cluster.worker.id}.${i}`);
      assert.deepStrictEqual(texts.sort(), expected);
      assert.deepStrictEqual(callbacks, new Array(SOCKETS).fill(null));
      server.close();
      cluster.worker.disconnect();
    };
    let index = 0;
    const server = net.createServer((socket) => {
      process.send(index++, socket, (error) => {
        callbacks.push(error);
        finish();
      });
    });
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true });
    process.once('message', () => {
      for (let i = 0; i < SOCKETS; i++) {
        let text = '';
        const client = net.connect(server.address().port, '127.0.0.1').setEncoding('utf8');
        client.on('data', (data) => (text += data));
        client.on('end', () => {
          texts.push(text);
          finish();
        });
      }
    });
  },
});

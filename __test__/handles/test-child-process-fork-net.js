'use strict';

const assert = require('node:assert');
const { on, once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

/** A server whose connections go to the workers in turn; `count` clients, each with a greeting. */
async function handOver(workers, count) {
  let turn = 0;
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    workers[turn++ % workers.length].send('socket', socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clients = [];
  for (let i = 0; i < count; i++) {
    const client = net.connect(server.address().port, '127.0.0.1').setEncoding('utf8');
    client.lines = on(client, 'data', { close: ['end'] });
    assert.strictEqual((await client.lines.next()).value[0], 'hello');
    clients.push(client);
  }
  return { server, clients };
}

/** Each client speaks, is answered by the worker, and is let go. */
async function talk(client) {
  client.write('ping');
  assert.strictEqual((await client.lines.next()).value[0], 'got ping');
  client.end();
  await once(client, 'close');
}

function greet() {
  process.on('message', (message, socket) => {
    if (message !== 'socket') return;
    assert.ok(socket.readable && socket.writable);
    socket.setEncoding('utf8').on('data', (text) => socket.write(`got ${text}`));
    socket.write('hello');
    socket.resume();
  });
}

scenario('twelve sockets live in three workers, and the server that gave them closes with the last', {
  async primary(cluster) {
    const workers = [cluster.fork(), cluster.fork(), cluster.fork()];
    const { server, clients } = await handOver(workers, 12);
    let open = clients.length;
    const closed = new Promise((resolve) => server.close(() => resolve(open)));
    for (const client of clients) {
      open--; // The client may still be open when the worker has closed its end.
      await talk(client);
    }
    assert.strictEqual(await closed, 0);
    for (const worker of workers) worker.disconnect();
    for (const worker of workers) assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker: greet,
});

scenario('a socket keeps its worker alive, even after the worker has disconnected', {
  async primary(cluster) {
    const worker = cluster.fork();
    const { server, clients } = await handOver([worker], 2);
    server.close();
    worker.disconnect();
    await once(worker, 'disconnect');
    for (const client of clients) {
      assert.strictEqual(worker.isDead(), false);
      await talk(client);
    }
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker: greet,
});

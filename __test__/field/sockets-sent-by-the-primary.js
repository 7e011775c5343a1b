'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { scenario, exited } = require('../harness');

async function serve(options, onconnection) {
  const server = net.createServer(options, onconnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Posts a body to a port. @returns {Promise<string>} what came back */
function post(port, body) {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', method: 'POST', agent: false };
    const request = http.request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data) => (text += data));
      response.on('end', () => resolve(text));
    });
    request.on('error', reject).end(body);
  });
}

/** An http server that listens nowhere. */
function echo(cluster) {
  return http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    response.setHeader('connection', 'close');
    response.end(`${cluster.worker.id} got ${body}`);
  });
}

scenario('paused sockets go to the worker that the primary chose', {
  async primary(cluster) {
    const workers = [cluster.fork(), cluster.fork()];
    const ends = workers.map(exited);
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    let turn = 0;
    const sent = [];
    const server = await serve({ pauseOnConnect: true }, (socket) => {
      workers[turn++ % 2].send('sticky:connection', socket, (error) => sent.push(error));
    });
    const { port } = server.address();
    for (const id of [1, 2, 1, 2]) assert.strictEqual(await post(port, 'a body'), `${id} got a body`);
    assert.deepStrictEqual(sent, [null, null, null, null]);
    server.close();
    cluster.disconnect();
    for (const end of await Promise.all(ends)) assert.deepStrictEqual(end, [0, null]);
  },
  worker(cluster) {
    const server = echo(cluster);
    process.on('message', (message, socket) => {
      if (message !== 'sticky:connection' || !socket) return;
      server.emit('connection', socket);
      socket.resume();
    });
    process.send('ready');
  },
});

scenario('a socket is sent after its first chunk was read', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    await once(worker, 'message');
    const server = await serve({}, (socket) => {
      socket.once('data', (data) => {
        socket.pause();
        worker.send({ data: data.toString('base64') }, socket);
      });
    });
    const { port } = server.address();
    assert.strictEqual(await post(port, 'a body'), '1 got a body');
    server.close();
    worker.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker(cluster) {
    const server = echo(cluster);
    process.on('message', ({ data }, socket) => {
      server.emit('connection', socket);
      socket.emit('data', Buffer.from(data, 'base64'));
      socket.resume();
    });
    process.send('ready');
  },
});

scenario('a socket that was closed meanwhile arrives as undefined', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    await once(worker, 'message');
    const server = await serve({}, async (socket) => {
      socket.destroy();
      await once(socket, 'close');
      worker.send('take', socket);
    });
    const client = net.connect(server.address().port, '127.0.0.1');
    const [answer] = await once(worker, 'message');
    assert.deepStrictEqual(answer, { message: 'take', handle: 'undefined' });
    client.destroy();
    server.close();
    worker.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker() {
    process.on('message', (message, handle) => process.send({ message, handle: typeof handle }));
    process.send('ready');
  },
});

scenario('the callback of a send to a worker that is gone gets the error', {
  async primary(cluster) {
    const worker = cluster.fork();
    worker.on('error', (error) => assert.fail(error));
    await Promise.all([exited(worker), once(worker, 'disconnect')]);
    const server = await serve({ pauseOnConnect: true });
    const client = net.connect(server.address().port, '127.0.0.1').on('error', () => {});
    const [socket] = await once(server, 'connection');
    const error = await new Promise((resolve) => {
      assert.strictEqual(worker.send('take', socket, resolve), false);
    });
    assert.strictEqual(error.code, 'ERR_IPC_CHANNEL_CLOSED');
    assert.strictEqual(socket.destroyed, false);
    socket.destroy();
    client.destroy();
    server.close();
  },
  worker() {
    process.exit(0);
  },
});

'use strict';

// What does not end by itself goes on until the deadline. spread.js: it is closed one after the other.

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { scenario, listening, read } = require('../harness');

const TIMEOUT = 1000;
/** The last part of the time, in which connections are closed. */
const SPREAD = 100;
const CLIENTS = 10;

/** A connection to the first worker that says when it has closed. */
async function connect(port, text) {
  const socket = net.connect(port, '127.0.0.1').resume();
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  await once(socket, 'data');
  const closed = once(socket, 'close').then(() => performance.now());
  return { socket, closed };
}

const UPGRADE = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

const KINDS = {
  'upgraded connections': {
    text: UPGRADE,
    serve() {
      const server = http.createServer();
      server.on('upgrade', (request, socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
        socket.resume();
      });
      return server;
    },
  },
  'event streams': {
    text: GET,
    serve: () =>
      http.createServer((request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream', Connection: 'keep-alive' });
        response.write('data: 1\n\n');
      }),
  },
  'connections of net': { text: 'hello', serve: () => net.createServer((socket) => socket.pipe(socket)) },
};

for (const [name, { text, serve }] of Object.entries(KINDS)) {
  scenario(`${name} go on until the deadline`, {
    skipBuiltin: 'it has no drain()',
    async primary(cluster) {
      const { workers, port } = await listening(cluster);
      const [worker] = workers;
      const clients = [];
      for (let i = 0; i < CLIENTS; i++) clients.push(await connect(port, text));
      const next = cluster.fork();
      await once(next, 'listening');

      const start = performance.now();
      const drained = worker.drain({ timeout: TIMEOUT, idleGrace: 0 });
      const [{ deadline, now }] = await once(worker, 'message');
      assert.ok(Math.abs(deadline - now - TIMEOUT) < 100, `${deadline - now}`);
      // Who comes now reaches the other worker.
      const { socket } = await connect(port, text);
      socket.destroy();

      const ends = (await Promise.all(clients.map(({ closed }) => closed))).map((end) => end - start);
      assert.deepStrictEqual(await drained, { killed: false });
      // Not earlier; how much later is a matter of the machine. Node's timers may be a little early.
      assert.ok(Math.min(...ends) >= TIMEOUT - SPREAD - 10, `${ends}`);
      await next.drain();
    },
    worker(cluster) {
      serve().listen(0, '127.0.0.1');
      cluster.worker.on('drain', (deadline) => process.send({ deadline, now: Date.now() }));
    },
  });
}

scenario('a worker without connections leaves at once, and one that ends its own leaves then', {
  skipBuiltin: 'it has no drain()',
  async primary(cluster) {
    const { workers, port } = await listening(cluster, 2);
    const start = performance.now();
    assert.deepStrictEqual(await workers[0].drain({ idleGrace: 60_000, timeout: 120_000 }), {
      killed: false,
    });
    const { closed } = await connect(port, '');
    assert.deepStrictEqual(await workers[1].drain({ timeout: 120_000 }), { killed: false });
    await closed;
    assert.ok(performance.now() - start < 30_000);
  },
  worker(cluster) {
    const server = net.createServer((socket) => {
      socket.write('hello');
      cluster.worker.on('drain', () => socket.end());
    });
    server.listen(0, '127.0.0.1');
  },
});

scenario('a server that the program closes by itself does not hold the drain up', {
  skipBuiltin: 'it has no drain()',
  async primary(cluster) {
    const { workers, port } = await listening(cluster);
    const called = once(workers[0], 'message');
    const text = read(port);
    await called;
    assert.deepStrictEqual(await workers[0].drain({ timeout: 120_000 }), { killed: false });
    assert.strictEqual(await text, 'the last words');
  },
  worker(cluster) {
    const server = net.createServer((socket) => {
      process.send('connection');
      cluster.worker.on('drain', () => {
        server.close();
        setImmediate(() => socket.end('the last words'));
      });
    });
    server.listen(0, '127.0.0.1');
  },
});

scenario('the longest timeout is no error, and ends nothing early', {
  skipBuiltin: 'it has no drain()',
  async primary(cluster) {
    const most = 2 ** 31 - 1;
    const { workers, port } = await listening(cluster);
    const called = once(workers[0], 'message');
    const text = read(port);
    await called;
    const drained = workers[0].drain({ timeout: most, idleGrace: most, killTimeout: most });
    await once(workers[0], 'message');
    workers[0].send('end');
    assert.strictEqual(await text, 'the last words');
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker(cluster) {
    const server = net.createServer((socket) => {
      process.send('connection');
      process.once('message', () => socket.end('the last words'));
    });
    server.listen(0, '127.0.0.1');
    cluster.worker.on('drain', () => process.send('drain'));
  },
});

scenario('connections that a server was given by hand are waited for, and end at the deadline', {
  skipBuiltin: 'it has no drain()',
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'message');
    const server = net.createServer({ pauseOnConnect: true }, (socket) => worker.send('socket', socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = net.connect(server.address().port, '127.0.0.1').setEncoding('utf8');
    client.write(GET);
    const [head] = await once(client, 'data');
    assert.match(head, /the beginning/);
    const start = performance.now();
    const closed = once(client.resume(), 'close');
    assert.deepStrictEqual(await worker.drain({ timeout: 500 }), { killed: false });
    await closed;
    assert.ok(performance.now() - start >= 440);
    server.close();
  },
  worker() {
    const server = http.createServer((request, response) => response.write('the beginning'));
    process.on('message', (message, socket) => {
      server.emit('connection', socket);
      socket.resume();
    });
    process.send('ready');
  },
});

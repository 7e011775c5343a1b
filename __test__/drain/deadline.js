'use strict';

// What does not end by itself goes on until the deadline. spread.js: it is closed one after the other.

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { scenario } = require('../harness');
const { drains, told, connect, rest, GET } = require('../fixtures/drains');

const TIMEOUT = 1000;
/** The last part of the time, in which connections are closed. */
const SPREAD = 100;
const CLIENTS = 10;

/** A connection over which `text` was answered. @returns {Promise<{ closed: Promise<number> }>} when it has closed */
async function served(worker, port, text) {
  const socket = await connect(worker, port);
  socket.resume().write(text);
  await once(socket, 'data');
  return { closed: once(socket, 'close').then(() => performance.now()) };
}

const UPGRADE = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';

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
  drains(`${name} go on until the deadline`, {
    async primary({ cluster, worker, port }) {
      const clients = [];
      for (let i = 0; i < CLIENTS; i++) clients.push(await served(worker, port, text));
      const next = cluster.fork();
      await once(next, 'listening');

      const start = performance.now();
      const announced = once(worker, 'message');
      const drained = worker.drain({ timeout: TIMEOUT, idleGrace: 0 });
      const [{ deadline, now }] = await announced;
      assert.ok(Math.abs(deadline - now - TIMEOUT) < 100, `${deadline - now}`);
      // Who comes now reaches the other worker.
      (await connect(next, port)).destroy();

      const ends = (await Promise.all(clients.map(({ closed }) => closed))).map((end) => end - start);
      assert.deepStrictEqual(await drained, { killed: false });
      // Not earlier; how much later is a matter of the machine. Node's timers may be a little early.
      assert.ok(Math.min(...ends) >= TIMEOUT - SPREAD - 10, `${ends}`);
      await next.drain();
    },
    worker(cluster) {
      cluster.worker.prependListener('drain', (deadline) => process.send({ deadline, now: Date.now() }));
      return serve();
    },
  });
}

drains('a worker without connections leaves at once, and one that ends its own leaves then', {
  count: 2,
  async primary({ workers: [without, other], port }) {
    const start = performance.now();
    assert.deepStrictEqual(await without.drain({ idleGrace: 60_000, timeout: 120_000 }), { killed: false });
    const text = rest(await connect(other, port));
    assert.deepStrictEqual(await other.drain({ timeout: 120_000 }), { killed: false });
    assert.strictEqual(await text, 'hello');
    assert.ok(performance.now() - start < 30_000);
  },
  worker: (cluster) =>
    net.createServer((socket) => {
      socket.write('hello');
      cluster.worker.on('drain', () => socket.end());
    }),
});

drains('a server that the program closes by itself does not hold the drain up', {
  async primary({ worker, port }) {
    const text = rest(await connect(worker, port));
    assert.deepStrictEqual(await worker.drain({ timeout: 120_000 }), { killed: false });
    assert.strictEqual(await text, 'the last words');
  },
  worker(cluster) {
    const server = net.createServer((socket) => {
      cluster.worker.on('drain', () => {
        server.close();
        setImmediate(() => socket.end('the last words'));
      });
    });
    return server;
  },
});

drains('the longest timeout is no error, and ends nothing early', {
  async primary({ worker, port }) {
    const most = 2 ** 31 - 1;
    const text = rest(await connect(worker, port));
    const begun = told(worker, 'drain');
    const drained = worker.drain({ timeout: most, idleGrace: most, killTimeout: most });
    await begun;
    worker.send('end');
    assert.strictEqual(await text, 'the last words');
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker: () =>
    net.createServer((socket) => {
      process.once('message', () => socket.end('the last words'));
    }),
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

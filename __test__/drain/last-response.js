'use strict';

// A worker that is drained answers what it was asked, and says that its connections close.

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { scenario, listening } = require('../harness');

const skipBuiltin = 'it has no drain()';

/** A connection over which requests are written by hand. */
async function connect(port) {
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
  await once(socket, 'connect');
  return socket;
}

/** The same, when the worker has it and says so. */
async function served(worker, port) {
  const [socket] = await Promise.all([connect(port), once(worker, 'message')]);
  return socket;
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** What comes until the connection ends. */
async function rest(socket) {
  let text = '';
  socket.on('data', (data) => (text += data));
  await once(socket, 'end');
  return text;
}

/** By the header that the program sets. */
const PROGRAMS = { undefined, 'keep-alive': 'keep-alive', 'Keep-Alive': 'Keep-Alive', close: 'close' };

for (const [name, header] of Object.entries(PROGRAMS)) {
  scenario(`a connection that was idle is told to close with its next response (Connection: ${name})`, {
    skipBuiltin,
    async primary(cluster) {
      const { workers, port } = await listening(cluster);
      const [worker] = workers;
      const socket = await served(worker, port);
      const drained = worker.drain();
      await once(worker, 'message');
      socket.write(GET);
      const text = await rest(socket);
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
      assert.match(text, /^Connection: close\r$/im);
      assert.doesNotMatch(text, /keep-alive/i);
      assert.match(text, /an answer/);
      assert.deepStrictEqual(await drained, { killed: false });
    },
    worker(cluster) {
      const server = http.createServer((request, response) => {
        if (header !== undefined) response.writeHead(200, { Connection: header });
        response.end('an answer');
      });
      server.on('connection', () => process.send('connection'));
      server.listen(0, '127.0.0.1');
      cluster.worker.on('drain', () => process.send('drain'));
    },
  });
}

scenario('a response that was begun before the drain says so as well, if its head is not written', {
  skipBuiltin,
  async primary(cluster) {
    const { workers, port } = await listening(cluster);
    const [worker] = workers;
    const socket = await connect(port);
    socket.write(GET);
    await once(worker, 'message');
    const drained = worker.drain();
    const text = await rest(socket);
    assert.match(text, /^Connection: close\r$/im);
    assert.match(text, /an answer/);
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker(cluster) {
    const server = http.createServer((request, response) => {
      cluster.worker.on('drain', () => setImmediate(() => response.end('an answer')));
      process.send('request');
    });
    server.listen(0, '127.0.0.1');
  },
});

scenario('a response whose head was written is completed, and the next one says so', {
  skipBuiltin,
  async primary(cluster) {
    const { workers, port } = await listening(cluster);
    const [worker] = workers;
    const socket = await connect(port);
    socket.write(GET);
    const text = rest(socket);
    await once(socket, 'data');
    const drained = worker.drain();
    await once(worker, 'message');
    socket.write(GET.replace(' / ', ' /last '));
    assert.match(await text, /^HTTP[^]*keep-alive[^]*the rest[^]*Connection: close/i);
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker(cluster) {
    const server = http.createServer((request, response) => {
      if (request.url === '/last') {
        response.end();
        return;
      }
      response.write('the beginning');
      cluster.worker.on('drain', () => {
        response.end('the rest');
        process.send('drain');
      });
    });
    server.listen(0, '127.0.0.1');
  },
});

scenario('a request that expects 100-continue, and one of HTTP/1.0, are answered', {
  skipBuiltin,
  async primary(cluster) {
    const { workers, port } = await listening(cluster);
    const [worker] = workers;
    const [expects, old] = [await served(worker, port), await served(worker, port)];
    const drained = worker.drain();
    await once(worker, 'message');
    expects.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n');
    const [text] = await once(expects, 'data');
    assert.match(text, /^HTTP\/1\.1 100 Continue\r\n/);
    expects.write('x');
    assert.match(await rest(expects), /Connection: close/i);
    old.write('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    assert.match(await rest(old), /Connection: close/i);
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker(cluster) {
    const server = http.createServer((request, response) => response.end('an answer'));
    server.on('checkContinue', (request, response) => {
      response.writeContinue();
      request.resume().on('end', () => response.end('an answer'));
    });
    server.on('connection', () => process.send('connection'));
    server.listen(0, '127.0.0.1');
    cluster.worker.on('drain', () => process.send('drain'));
  },
});

scenario('a connection that stays idle is closed after idleGrace', {
  skipBuiltin,
  async primary(cluster) {
    const { workers, port } = await listening(cluster);
    const [worker] = workers;
    const socket = await served(worker, port);
    const start = performance.now();
    const [result] = await Promise.all([worker.drain({ idleGrace: 200 }), once(socket.resume(), 'close')]);
    assert.deepStrictEqual(result, { killed: false });
    // Node's timers may run a little before their time, by another clock.
    assert.ok(performance.now() - start > 190);
  },
  worker() {
    const server = http.createServer();
    server.on('connection', () => process.send('connection'));
    server.listen(0, '127.0.0.1');
  },
});

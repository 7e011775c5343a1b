'use strict';

// A worker that is drained answers what it was asked, and says that its connections close.

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const { drains, told, connect, rest, GET } = require('../fixtures/drains');

/** By the header that the program sets. */
const PROGRAMS = { undefined, 'keep-alive': 'keep-alive', 'Keep-Alive': 'Keep-Alive', close: 'close' };

for (const [name, header] of Object.entries(PROGRAMS)) {
  drains(`a connection that was idle is told to close with its next response (Connection: ${name})`, {
    async primary({ worker, port }) {
      const socket = await connect(worker, port);
      const begun = told(worker, 'drain');
      const drained = worker.drain();
      await begun;
      socket.write(GET);
      const text = await rest(socket);
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
      assert.match(text, /^Connection: close\r$/im);
      assert.doesNotMatch(text, /keep-alive/i);
      assert.match(text, /an answer/);
      assert.deepStrictEqual(await drained, { killed: false });
    },
    worker: () =>
      http.createServer((request, response) => {
        if (header !== undefined) response.writeHead(200, { Connection: header });
        response.end('an answer');
      }),
  });
}

drains('a response that was begun before the drain says so as well, if its head is not written', {
  async primary({ worker, port }) {
    const requested = told(worker, 'request');
    const socket = await connect(worker, port);
    socket.write(GET);
    await requested;
    const drained = worker.drain();
    const text = await rest(socket);
    assert.match(text, /^Connection: close\r$/im);
    assert.match(text, /an answer/);
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker: (cluster) =>
    http.createServer((request, response) => {
      cluster.worker.on('drain', () => setImmediate(() => response.end('an answer')));
      process.send('request');
    }),
});

drains('a response whose head was written is completed, and the next one says so', {
  async primary({ worker, port }) {
    const socket = await connect(worker, port);
    socket.write(GET);
    const text = rest(socket);
    await once(socket, 'data');
    const begun = told(worker, 'drain');
    const drained = worker.drain();
    await begun;
    socket.write(GET.replace(' / ', ' /last '));
    assert.match(await text, /^HTTP[^]*keep-alive[^]*the rest[^]*Connection: close/i);
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker: (cluster) =>
    http.createServer((request, response) => {
      if (request.url === '/last') {
        response.end();
        return;
      }
      response.write('the beginning');
      cluster.worker.on('drain', () => response.end('the rest'));
    }),
});

drains('a request that expects 100-continue, and one of HTTP/1.0, are answered', {
  async primary({ worker, port }) {
    const [expects, old] = [await connect(worker, port), await connect(worker, port)];
    const begun = told(worker, 'drain');
    const drained = worker.drain();
    await begun;
    expects.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n');
    const [text] = await once(expects, 'data');
    assert.match(text, /^HTTP\/1\.1 100 Continue\r\n/);
    expects.write('x');
    assert.match(await rest(expects), /Connection: close/i);
    old.write('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    assert.match(await rest(old), /Connection: close/i);
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker() {
    const server = http.createServer((request, response) => response.end('an answer'));
    return server.on('checkContinue', (request, response) => {
      response.writeContinue();
      request.resume().on('end', () => response.end('an answer'));
    });
  },
});

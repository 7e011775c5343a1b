'use strict';

// A request or a response that is under way when the drain begins is completed, also after `idleGrace`.

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const { drains, connect, begin, rest } = require('../fixtures/drains');

const OPTIONS = { idleGrace: 100, timeout: 120_000 };

/** Begins a drain, and waits until idle connections were closed. */
async function drainIdle(worker, port) {
  const idle = await connect(worker, port);
  const drained = worker.drain(OPTIONS);
  await rest(idle);
  return { drained };
}

const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody';

const WHERE = { 'in its head': 10, 'before its body': POST.length - 4, 'in its body': POST.length - 1 };

for (const [name, length] of Object.entries(WHERE)) {
  drains(`a request that has come in part, up to a place ${name}, is answered`, {
    async primary({ worker, port }) {
      const socket = await connect(worker, port);
      const received = once(worker, 'message');
      socket.write(POST.slice(0, length));
      await received;
      const { drained } = await drainIdle(worker, port);
      socket.write(POST.slice(length));
      assert.match(await rest(socket), /Connection: close[^]*an answer to body/i);
      assert.deepStrictEqual(await drained, { killed: false });
    },
    worker() {
      const server = http.createServer((request, response) => {
        let body = '';
        request.setEncoding('utf8').on('data', (data) => (body += data));
        request.on('end', () => response.end(`an answer to ${body}`));
      });
      // Nothing tells of a part of a head but the number of bytes.
      return server.on('connection', (socket) => {
        const timer = setInterval(() => {
          if (socket.bytesRead === 0) return;
          clearInterval(timer);
          process.send('received');
        }, 5);
        socket.once('close', () => clearInterval(timer));
      });
    },
  });
}

drains('a response in chunks comes to its end, with its trailers', {
  async primary({ worker, port }) {
    const { text } = await begin(worker, port);
    const { drained } = await drainIdle(worker, port);
    worker.send('end');
    assert.match(await text, /the beginning[^]*the rest[^]*X-Trailer: yes\r\n\r\n$/);
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker: () =>
    http.createServer((request, response) => {
      response.writeHead(200, { Trailer: 'X-Trailer' });
      response.write('the beginning');
      process.once('message', () => {
        response.addTrailers({ 'X-Trailer': 'yes' });
        response.end('the rest');
      });
    }),
});

'use strict';

// A worker that is drained answers what it was asked, and says that its connections close.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const path = require('node:path');
const tls = require('node:tls');
const { drains, told, connect, begin, rest, GET } = require('../fixtures/drains');

const fixture = (name) => fs.readFileSync(path.join(__dirname, '../fixtures', name));

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

const SERVERS = {
  http: { make: (answer) => http.createServer(answer), upgrade: (socket) => socket },
  https: {
    make: (answer) => https.createServer({ key: fixture('key.pem'), cert: fixture('cert.pem') }, answer),
    upgrade: (socket) => tls.connect({ socket, rejectUnauthorized: false }).setEncoding('utf8'),
  },
};

for (const [name, { make, upgrade }] of Object.entries(SERVERS)) {
  drains(
    `a response of ${name} that was begun before the drain says so as well, if its head is not written`,
    {
      async primary({ worker, port }) {
        const requested = told(worker, 'request');
        const socket = upgrade(await connect(worker, port));
        socket.write(GET);
        await requested;
        const drained = worker.drain();
        const text = await rest(socket);
        assert.match(text, /^Connection: close\r$/im);
        assert.match(text, /an answer/);
        assert.deepStrictEqual(await drained, { killed: false });
      },
      worker: (cluster) =>
        make((request, response) => {
          cluster.worker.on('drain', () => setImmediate(() => response.end('an answer')));
          process.send('request');
        }),
    },
  );
}

drains('a response whose head was written is completed, and the next one says so', {
  async primary({ worker, port }) {
    const { socket, text } = await begin(worker, port);
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

/** The order in which the program answers three requests that came without waiting for answers. */
const ORDERS = { 'in their order': [1, 2, 3], 'in another order': [3, 1, 2] };

for (const [name, order] of Object.entries(ORDERS)) {
  drains(`all requests that came before the drain are answered, also if they are answered ${name}`, {
    async primary({ worker, port }) {
      const requested = told(worker, '/3');
      const socket = await connect(worker, port);
      socket.write([1, 2, 3].map((number) => GET.replace(' / ', ` /${number} `)).join(''));
      await requested;
      const begun = told(worker, 'drain');
      const drained = worker.drain({ idleGrace: 200, timeout: 120_000 });
      await begun;
      assert.match(await rest(socket), /answer to \/1[^]*answer to \/2[^]*answer to \/3/);
      assert.deepStrictEqual(await drained, { killed: false });
    },
    worker(cluster) {
      const responses = {};
      cluster.worker.on('drain', async () => {
        for (const number of order) {
          await new Promise(setImmediate);
          responses[`/${number}`].end(`answer to /${number}`);
        }
      });
      return http.createServer((request, response) => {
        responses[request.url] = response;
        process.send(request.url);
      });
    },
  });
}

drains('of requests that come together, the last answer says that the connection closes', {
  async primary({ worker, port }) {
    const socket = await connect(worker, port);
    const begun = told(worker, 'drain');
    const drained = worker.drain();
    await begun;
    socket.write(GET + GET);
    const [, ...answers] = (await rest(socket)).split('HTTP/1.1 200 OK');
    assert.deepStrictEqual(
      answers.map((answer) => /Connection: (.*)\r/.exec(answer)[1]),
      ['keep-alive', 'close'],
    );
    assert.deepStrictEqual(await drained, { killed: false });
  },
  // After both have come.
  worker: () => http.createServer((request, response) => setImmediate(() => response.end('an answer'))),
});

'use strict';

// A connection is closed as idle only if it is: no response is on its way, and the client had `idleGrace` ms for a request.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const path = require('node:path');
const tls = require('node:tls');
const { drains, told, connect, begin, rest, GET } = require('../fixtures/drains');

const fixture = (name) => fs.readFileSync(path.join(__dirname, '../fixtures', name));

/** More than the kernel takes from a server before its client has read. */
const LENGTH = 30_000_000;

const large = (request, response) => {
  response.end(Buffer.alloc(LENGTH));
  process.send('ended');
};

const PROTOCOLS = {
  http: {
    make: () => http.createServer(large),
    client: (port) => net.connect(port, '127.0.0.1'),
    event: 'connect',
  },
  https: {
    make: () => https.createServer({ key: fixture('key.pem'), cert: fixture('cert.pem') }, large),
    client: (port) => tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }),
    event: 'secureConnect',
  },
};

for (const [name, { make, client, event }] of Object.entries(PROTOCOLS)) {
  drains(`a response of ${name} that is ended, and not yet sent, is sent`, {
    async primary({ worker, port }) {
      const open = async () => {
        const socket = client(port);
        await Promise.all([told(worker, 'connection'), once(socket, event)]);
        return socket;
      };
      const socket = await open();
      const closed = once(socket, 'close');
      const ended = told(worker, 'ended');
      socket.write(GET);
      await ended;
      // This one shows when idle connections are closed.
      const idle = await open();
      const idleClosed = once(idle.resume(), 'close');
      const drained = worker.drain({ idleGrace: 200, timeout: 120_000 });
      await idleClosed;
      let length = 0;
      socket.on('data', (data) => (length += data.length));
      await closed;
      assert.ok(length > LENGTH, `${length}`);
      assert.deepStrictEqual(await drained, { killed: false });
    },
    worker: make,
  });
}

drains('a connection whose response ends late is closed after it was idle for idleGrace', {
  async primary({ worker, port }) {
    const { socket, text } = await begin(worker, port);
    const idle = await connect(worker, port);
    const drained = worker.drain({ idleGrace: 1000, timeout: 120_000 });
    await rest(idle);
    // The response ended less than `idleGrace` ago.
    socket.write(GET.replace(' / ', ' /last '));
    assert.match(await text, /the rest[^]*Connection: close[^]*the last words/i);
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker: (cluster) =>
    http.createServer((request, response) => {
      if (request.url === '/last') {
        response.end('the last words');
        return;
      }
      response.write('the beginning');
      cluster.worker.on('drain', () => setTimeout(() => response.end('the rest'), 800));
    }),
});

drains('a connection whose response ends late, and that stays idle, is closed', {
  async primary({ worker, port }) {
    const { text } = await begin(worker, port);
    const drained = worker.drain({ idleGrace: 100, timeout: 120_000 });
    assert.match(await text, /the rest/);
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker(cluster) {
    const server = http.createServer((request, response) => {
      response.write('the beginning');
      cluster.worker.on('drain', () => setTimeout(() => response.end('the rest'), 200));
    });
    // Node closes it by itself never.
    server.keepAliveTimeout = 0;
    return server;
  },
});

drains('a connection that the program has unref()ed may bring one more request as well', {
  async primary({ worker, port }) {
    const socket = await connect(worker, port);
    const begun = told(worker, 'drain');
    const drained = worker.drain();
    await begun;
    socket.write(GET);
    assert.match(await rest(socket), /Connection: close[^]*an answer/i);
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker: () =>
    http
      .createServer((request, response) => response.end('an answer'))
      .on('connection', (socket) => socket.unref()),
});

drains('a connection that stays idle is closed after idleGrace, also if it has brought nothing yet', {
  async primary({ worker, port }) {
    const [fresh, used] = [await connect(worker, port), await connect(worker, port)];
    used.write(GET);
    await once(used, 'data');
    const start = performance.now();
    const drained = worker.drain({ idleGrace: 200, timeout: 120_000 });
    const [result] = await Promise.all([drained, rest(fresh), rest(used)]);
    assert.deepStrictEqual(result, { killed: false });
    // Node's timers may run a little before their time, by another clock.
    assert.ok(performance.now() - start > 190);
  },
  worker: () => http.createServer((request, response) => response.end()),
});

drains("idleGrace is the server's keepAliveTimeout, unless the drain says another one", {
  async primary({ worker, port }) {
    const socket = await connect(worker, port);
    const start = performance.now();
    const drained = worker.drain();
    await rest(socket);
    const took = performance.now() - start;
    // Shorter than Node's default, which is 5000.
    assert.ok(took > 290 && took < 4000, `${took}`);
    assert.deepStrictEqual(await drained, { killed: false });
  },
  worker: () => Object.assign(http.createServer(), { keepAliveTimeout: 300 }),
});

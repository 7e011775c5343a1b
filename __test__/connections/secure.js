'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const http2 = require('node:http2');
const https = require('node:https');
const path = require('node:path');
const tls = require('node:tls');
const { scenario, listening } = require('../harness');

const options = {
  key: fs.readFileSync(path.join(__dirname, '../fixtures/key.pem')),
  cert: fs.readFileSync(path.join(__dirname, '../fixtures/cert.pem')),
};

scenario("four https workers resume each other's sessions: one new, fifteen resumed", {
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 4);
    const ids = new Set();
    let session;
    let resumed = 0;
    for (let i = 0; i < 16; i++) {
      const socket = tls.connect({
        port,
        host: '127.0.0.1',
        session,
        rejectUnauthorized: false,
        maxVersion: 'TLSv1.2',
      });
      socket.once('session', (data) => (session ??= data));
      socket.once('secureConnect', () => (resumed += socket.isSessionReused()));
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      const text = (await socket.setEncoding('utf8').toArray()).join('');
      ids.add(/worker (\d)/.exec(text)[1]);
    }
    assert.strictEqual(resumed, 15);
    assert.strictEqual(ids.size, 4);
    workers.forEach((worker) => worker.kill());
  },
  worker: (cluster) =>
    https
      .createServer(options, (request, response) => response.end(`worker ${cluster.worker.id}`))
      .listen(0, '127.0.0.1'),
});

scenario('http2 servers answer in all workers', {
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    const ids = new Set();
    for (let i = 0; i < 4; i++) {
      const client = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
      const stream = client.request({ ':path': '/' });
      ids.add((await stream.setEncoding('utf8').toArray()).join(''));
      client.close();
      await once(client, 'close');
    }
    assert.deepStrictEqual([...ids].sort(), ['worker 1', 'worker 2']);
    workers.forEach((worker) => worker.kill());
  },
  worker: (cluster) =>
    http2
      .createSecureServer(options, (request, response) => response.end(`worker ${cluster.worker.id}`))
      .listen(0, '127.0.0.1'),
});

'use strict';

// `stats().open` comes back to 0, whatever a connection ends by.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const net = require('node:net');
const path = require('node:path');
const tls = require('node:tls');
const { fork } = require('node:child_process');
const { scenario, settled, exited } = require('../harness');

const COUNT = 20;
const TAKER = path.join(__dirname, '../fixtures/takes-sockets.js');

const tlsOptions = {
  key: fs.readFileSync(path.join(__dirname, '../fixtures/key.pem')),
  cert: fs.readFileSync(path.join(__dirname, '../fixtures/cert.pem')),
};

const secure = { host: '127.0.0.1', rejectUnauthorized: false };
const UPGRADE = 'connection: upgrade\r\nupgrade: x\r\n';

/** Clients that ask for one thing and wait for the end. */
const CLIENTS = {
  net: (port) => net.connect(port, '127.0.0.1').resume(),
  http: (port) => ask(net.connect(port, '127.0.0.1')),
  upgrade: (port) => ask(net.connect(port, '127.0.0.1'), UPGRADE),
  tls: (port) => ask(tls.connect({ ...secure, port })),
  http2: (port) => {
    const session = http2.connect(`https://127.0.0.1:${port}`, secure);
    session
      .request()
      .on('error', () => {})
      .resume();
    return session;
  },
};

function ask(socket, headers = '') {
  socket.write(`GET / HTTP/1.1\r\nhost: x\r\n${headers}\r\n`);
  return socket.resume();
}

/** By what the worker's end goes: client, and a server that makes it so. */
const ENDS = {
  'end()': ['net', () => net.createServer((socket) => socket.end())],
  'destroy()': ['net', () => net.createServer((socket) => socket.destroy())],
  'destroy(error)': [
    'net',
    () => net.createServer((socket) => socket.on('error', () => {}).destroy(new Error('enough'))),
  ],
  'resetAndDestroy()': ['net', () => net.createServer((socket) => socket.resetAndDestroy())],
  'resetAndDestroy() after end()': [
    'net',
    () => net.createServer((socket) => socket.end('text', () => socket.resetAndDestroy())),
  ],
  'resetAndDestroy(), twice': [
    'net',
    () =>
      net.createServer((socket) => {
        socket.resetAndDestroy();
        socket.resetAndDestroy();
      }),
  ],
  'resetAndDestroy(), then destroy()': [
    'net',
    () =>
      net.createServer((socket) => {
        socket.resetAndDestroy();
        socket.destroy();
      }),
  ],
  'a listener of the server that throws': [
    'net',
    () => {
      process.on('uncaughtException', () => {});
      return net.createServer((socket) => {
        socket.destroy();
        throw new Error('oops');
      });
    },
  ],
  'http: response.end()': [
    'http',
    () => http.createServer((request, response) => response.setHeader('connection', 'close').end('hello')),
  ],
  'http: response.destroy()': ['http', () => http.createServer((request, response) => response.destroy())],
  'http: socket.resetAndDestroy()': [
    'http',
    () => http.createServer((request) => request.socket.resetAndDestroy()),
  ],
  'http: an upgrade that is reset': [
    'upgrade',
    () => http.createServer().on('upgrade', (request, socket) => socket.resetAndDestroy()),
  ],
  'http: server.closeAllConnections()': [
    'http',
    () =>
      http.createServer(function () {
        this.closeAllConnections();
      }),
  ],
  'https: response.end()': [
    'tls',
    () =>
      https.createServer(tlsOptions, (request, response) =>
        response.setHeader('connection', 'close').end('hello'),
      ),
  ],
  'tls: destroy()': ['tls', () => tls.createServer(tlsOptions, (socket) => socket.destroy())],
  'tls: no handshake': [
    'net',
    () =>
      tls
        .createServer({ ...tlsOptions, handshakeTimeout: 10 })
        .on('tlsClientError', (error, socket) => socket.destroy()),
  ],
  'tls: the socket below is reset': [
    'tls',
    () => tls.createServer(tlsOptions).on('connection', (socket) => socket.resetAndDestroy()),
  ],
  'http2: session.close()': [
    'http2',
    () => http2.createSecureServer(tlsOptions).on('session', (session) => session.close()),
  ],
  'http2: session.destroy()': [
    'http2',
    () => http2.createSecureServer(tlsOptions).on('session', (session) => session.destroy()),
  ],
  'http2: the socket below is reset': [
    'http2',
    () => http2.createSecureServer(tlsOptions).on('connection', (socket) => socket.resetAndDestroy()),
  ],
  'process.send(message, socket)': [
    'net',
    () => net.createServer((socket) => process.send('take it', socket)),
  ],
  'subprocess.send(message, socket)': [
    'net',
    () => {
      const child = fork(TAKER);
      return net.createServer((socket) => child.send('take it', socket));
    },
  ],
};

for (const [name, [client, server]] of Object.entries(ENDS)) {
  scenario(`${name}: no connection stays open in the figures`, {
    skip: name.includes('reset') && net.Socket.prototype.resetAndDestroy === undefined && 'it has no resets',
    skipBuiltin: 'it has no figures',
    async primary(cluster) {
      const worker = cluster.fork();
      worker.on('message', (message, socket) => socket.destroy());
      const [{ port }] = await once(worker, 'listening');
      for (let i = 0; i < COUNT; i++) {
        const end = CLIENTS[client](port).on('error', () => {});
        await new Promise((resolve) => end.once('close', resolve));
      }
      const { claimed } = cluster.stats().workers[1];
      assert.strictEqual(claimed, COUNT);
      const isNone = await settled(() => cluster.stats().workers[1].open === 0, 5000);
      assert.ok(isNone, `${cluster.stats().workers[1].open} open`);
      worker.process.kill('SIGKILL');
      await exited(worker);
    },
    worker: () => server().listen(0, '127.0.0.1'),
  });
}

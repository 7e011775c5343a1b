'use strict';

// A worker of scripts/soak.js. It answers connections, requests and messages, and receives sockets.

const { once } = require('node:events');
const cluster = process.env.CLUSTER === 'builtin' ? require('node:cluster') : require('../..');
const http = require('node:http');
const net = require('node:net');

/** How long the message 'block' blocks it, in ms. */
const BLOCKED = 50;

process.on('message', (message, socket) => {
  if (socket !== undefined) socket.on('error', () => {}).end('given');
  else if (message === 'exit') process.exit(1);
  else if (message === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKED);
  else process.send(message);
});

async function main() {
  const servers = {
    net: net.createServer((socket) => socket.on('error', () => {}).end('hello')),
    http: http.createServer((request, response) => response.setHeader('X-Pid', process.pid).end('hello')),
  };
  const ports = {};
  for (const [name, server] of Object.entries(servers)) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ports[name] = server.address().port;
  }
  process.send({ ports });
  cluster.worker.ready?.();
}

main();

'use strict';

// UDP. All workers read from one shared socket, and the kernel chooses which worker gets a datagram.

const cluster = require('rs-cluster');
const dgram = require('node:dgram');

const port = Number(process.env.PORT || 8000);

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (worker, address) => {
    console.log(`Try: echo hello | nc -u -w1 127.0.0.1 ${address.port}`);
  });
} else {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (message, { address, port }) => {
    socket.send(`worker ${cluster.worker.id} got ${message}`, port, address);
  });
  socket.bind(port);
}

'use strict';

// A worker is asked to leave. It may end its connections in its own way; it has two seconds for that.

const cluster = require('rs-cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const worker = cluster.fork();

  worker.on('listening', ({ port }) => {
    const client = net.connect(port).setEncoding('utf8');
    client.on('data', (text) => console.log(`the worker says ${text}`));
    client.once('data', () => {
      worker.send('shutdown');
      worker.disconnect();
      const timeout = setTimeout(() => worker.kill(), 2000);
      worker.on('disconnect', () => clearTimeout(timeout));
    });
  });

  worker.on('exit', (code, signal) => console.log(signal ? `killed by ${signal}` : `left with code ${code}`));
} else {
  const connections = new Set();
  net
    .createServer((socket) => {
      connections.add(socket.on('close', () => connections.delete(socket)));
      socket.write('welcome');
    })
    .listen(0);

  process.on('message', (message) => {
    if (message !== 'shutdown') return;
    for (const socket of connections) socket.end('goodbye');
  });
}

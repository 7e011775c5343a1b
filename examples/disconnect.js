'use strict';

// The primary disconnects a worker. A message tells the worker to end its connections. After two seconds, a worker
// that is still connected is killed.

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

  worker.on('exit', (code, signal) =>
    console.log(signal ? `killed by ${signal}` : `exited with code ${code}`),
  );
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

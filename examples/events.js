'use strict';

// The events of a worker's life, on its Worker object and on `cluster`.

const cluster = require('rs-cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  for (const event of ['setup', 'fork', 'online', 'message', 'listening', 'disconnect', 'exit']) {
    cluster.on(event, () => console.log(`cluster: ${event}`));
  }
  const worker = cluster.fork();
  worker.on('online', () => console.log('worker: online'));
  worker.on('message', (message) => console.log(`worker: message ${message}`));
  worker.on('listening', ({ address, port }) => {
    console.log(`worker: listening at ${address ?? 'any address'}, port ${port}`);
    worker.disconnect();
  });
  worker.on('disconnect', () => console.log('worker: disconnect'));
  worker.on('exit', (code, signal) => console.log(`worker: exit, code ${code}, signal ${signal}`));
} else {
  process.send('hello');
  net.createServer().listen(0);
}

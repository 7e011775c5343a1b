'use strict';

// A worker that does not listen within two seconds is killed.

const cluster = require('rs-cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const timeouts = {};

  cluster.on('fork', (worker) => {
    timeouts[worker.id] = setTimeout(() => {
      console.error(`worker ${worker.id} does not listen: something must be wrong`);
      worker.kill();
    }, 2000);
  });
  cluster.on('listening', (worker) => {
    console.log(`worker ${worker.id} listens`);
    clearTimeout(timeouts[worker.id]);
    worker.disconnect();
  });
  cluster.on('exit', (worker, code, signal) => {
    clearTimeout(timeouts[worker.id]);
    if (signal) console.error(`worker ${worker.id} was ended by ${signal}`);
  });

  cluster.fork();
  cluster.fork({ WAIT: 'for ever' });
} else if (process.env.WAIT) {
  for (;;);
} else {
  net.createServer().listen(0);
}

'use strict';

// The primary sends one message to all workers.

const cluster = require('rs-cluster');

if (cluster.isPrimary) {
  for (let i = 0; i < 3; i++) cluster.fork();
  for (const worker of Object.values(cluster.workers)) worker.send('a big announcement');
} else {
  process.once('message', (message) => {
    console.log(`worker ${cluster.worker.id} heard ${message}`);
    cluster.worker.disconnect();
  });
}

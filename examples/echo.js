'use strict';

// The primary sends a message to a worker, and the worker sends it back.

const cluster = require('rs-cluster');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.send('hi there');
  worker.on('message', (message) => {
    console.log(`the worker says: ${message}`);
    worker.disconnect();
  });
} else {
  process.on('message', (message) => process.send(message));
}

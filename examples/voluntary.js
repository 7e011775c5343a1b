'use strict';

// `exitedAfterDisconnect` tells whether a worker has exited voluntarily. Then it need not be replaced.

const cluster = require('rs-cluster');

if (cluster.isPrimary) {
  cluster.on('exit', (worker, code, signal) => {
    if (worker.exitedAfterDisconnect) console.log(`worker ${worker.id} exited voluntarily`);
    else console.log(`worker ${worker.id} died of ${signal || `code ${code}`}`);
  });
  cluster.fork({ WHAT: 'leave' });
  cluster.fork({ WHAT: 'die' });
} else if (process.env.WHAT === 'leave') {
  cluster.worker.disconnect();
} else {
  process.exit(1);
}

'use strict';

// isConnected() tells whether a worker's channel is open. isDead() tells whether its process has ended.

const cluster = require('rs-cluster');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  const tell = (when) => console.log(`${when}: connected ${worker.isConnected()}, dead ${worker.isDead()}`);
  tell('forked');
  worker.on('online', () => {
    tell('online');
    worker.disconnect();
  });
  worker.on('disconnect', () => {
    tell('disconnected');
    worker.kill();
  });
  worker.on('exit', () => tell('exited'));
} else {
  setInterval(() => {}, 1000); // The timer keeps the worker alive after it has disconnected.
}

'use strict';

// Ctrl-C and SIGTERM end the cluster gracefully: it accepts no new connections, and answers the open ones. A worker
// that takes longer than ten seconds is killed.

const cluster = require('rs-cluster');
const http = require('node:http');

const port = Number(process.env.PORT || 8000);

function shutdown(signal) {
  console.log(`${signal}: shutting down`);
  setTimeout(() => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
  }, 10_000).unref();
  cluster.disconnect(() => console.log('all workers have exited'));
}

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (worker, address) => console.log(`Try: curl http://localhost:${address.port}/`));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, shutdown);
} else {
  // A terminal and a service manager send the signal to all processes. Workers ignore it, and wait for the primary.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

  http
    .createServer((req, res) => {
      res.write('working, ');
      setTimeout(() => res.end('done\n'), 1000);
    })
    .listen(port);
}

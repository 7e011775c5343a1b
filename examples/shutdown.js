'use strict';

// Ctrl-C and SIGTERM end the cluster gracefully: it accepts no new connections, and answers the open ones. What takes
// longer than ten seconds is closed.

const cluster = require('rs-cluster');
const http = require('node:http');

const port = Number(process.env.PORT || 8000);

async function shutdown(signal) {
  console.log(`${signal}: shutting down`);
  await Promise.all(Object.values(cluster.workers).map((worker) => worker.drain({ timeout: 10_000 })));
  console.log('all workers have exited');
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

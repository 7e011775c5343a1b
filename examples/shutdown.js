'use strict';

// Ctrl-C and SIGTERM end the cluster gracefully: it accepts no new connections, and answers the open ones. What takes
// longer than ten seconds is closed.

const cluster = require('rs-cluster');
const http = require('node:http');

const port = Number(process.env.PORT || 8000);

if (cluster.isPrimary) {
  const supervisor = cluster.supervise({ workers: 2, drainTimeout: 10_000 });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => supervisor.stop());

  supervisor.on('stop', () => console.log('all workers have exited'));
  cluster.once('listening', (worker, address) => console.log(`Try: curl http://localhost:${address.port}/`));
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

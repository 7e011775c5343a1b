'use strict';

// SIGHUP replaces the workers one after the other, and no request is lost. The new ones run the program's current
// version. If that does not start, the old ones go on, and a warning says why.

const cluster = require('rs-cluster');
const http = require('node:http');

const port = Number(process.env.PORT || 8000);

if (cluster.isPrimary) {
  const supervisor = cluster.supervise({ workers: 2 });
  process.on('SIGHUP', () => supervisor.reload());

  supervisor.on('reload', ({ replaced }) => console.log(`${replaced} workers were replaced`));
  cluster.once('listening', (worker, address) => {
    console.log(`Try: curl http://localhost:${address.port}/ and kill -HUP ${process.pid}`);
  });
} else {
  http.createServer((req, res) => res.end(`hello from worker ${cluster.worker.id}\n`)).listen(port);
}

'use strict';

// SIGHUP replaces the workers one after the other, and no request is lost. The new ones run the program's current
// version. An old worker is drained when its replacement listens.

const cluster = require('rs-cluster');
const { once } = require('node:events');
const http = require('node:http');

const port = Number(process.env.PORT || 8000);

async function reload() {
  for (const worker of Object.values(cluster.workers)) {
    const next = cluster.fork();
    await once(next, 'listening');
    await worker.drain();
    console.log(`worker ${next.id} has taken the place of worker ${worker.id}`);
  }
}

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (worker, address) => {
    console.log(`Try: curl http://localhost:${address.port}/ and kill -HUP ${process.pid}`);
  });
  process.on('SIGHUP', reload);
} else {
  http.createServer((req, res) => res.end(`hello from worker ${cluster.worker.id}\n`)).listen(port);
}

'use strict';

// SIGHUP replaces the workers one after the other. The new ones run the program's current version. An old worker
// disconnects when its replacement listens, and first answers its open requests.

const cluster = require('rs-cluster');
const { once } = require('node:events');
const http = require('node:http');

const port = Number(process.env.PORT || 8000);

async function reload() {
  for (const worker of Object.values(cluster.workers)) {
    const next = cluster.fork();
    await once(next, 'listening');
    worker.disconnect();
    console.log(`worker ${next.id} takes the place of worker ${worker.id}`);
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

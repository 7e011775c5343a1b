'use strict';

// Express. The application needs no change to run in several workers.

const cluster = require('rs-cluster');
const express = require('express');

const port = Number(process.env.PORT || 8000);

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (worker, address) => console.log(`Try: curl http://localhost:${address.port}/`));
} else {
  const app = express();
  app.get('/', (req, res) => res.send(`hello from worker ${cluster.worker.id}\n`));
  app.listen(port);
}

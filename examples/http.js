'use strict';

// Several workers listen on one port.

const cluster = require('rs-cluster');
const http = require('node:http');
const os = require('node:os');

const workers = Math.max(2, (os.availableParallelism ?? (() => os.cpus().length))());
const port = Number(process.env.PORT || 8000);

if (cluster.isPrimary) {
  console.log(`Primary ${process.pid} is running`);

  for (let i = 0; i < workers; i++) {
    cluster.fork();
  }

  let listening = 0;
  cluster.on('listening', (worker, address) => {
    if (++listening === workers) console.log(`Try: curl http://localhost:${address.port}/`);
  });

  cluster.on('exit', (worker, code, signal) => {
    console.log(`worker ${worker.process.pid} died (${signal || code})`);
  });
} else {
  http
    .createServer((req, res) => {
      res.end(`hello from worker ${cluster.worker.id} (${process.pid})\n`);
    })
    .listen(port, () => {
      console.log(`Worker ${process.pid} started`);
    })
    .on('error', (error) => {
      console.error(error.message);
      cluster.worker.disconnect();
    });
}

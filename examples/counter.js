'use strict';

// Each worker sends a message for each request, and the primary counts the requests of all workers.

const cluster = require('rs-cluster');
const http = require('node:http');

const port = Number(process.env.PORT || 8000);

if (cluster.isPrimary) {
  let requests = 0;
  cluster.on('message', (worker, message) => {
    if (message.cmd === 'request') requests++;
  });
  setInterval(() => console.log(`${requests} requests so far`), 1000);

  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (worker, address) => console.log(`Try: curl http://localhost:${address.port}/`));
} else {
  http
    .createServer((req, res) => {
      process.send({ cmd: 'request' });
      res.end('counted\n');
    })
    .listen(port);
}

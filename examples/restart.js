'use strict';

// A worker that crashes is replaced. Meanwhile, the other worker answers.

const cluster = require('rs-cluster');
const http = require('node:http');

const port = Number(process.env.PORT || 8000);

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  let listening = 0;
  cluster.on('listening', (worker, { port }) => {
    if (++listening === 2) console.log(`Try: curl http://localhost:${port}/ http://localhost:${port}/crash`);
  });

  cluster.on('exit', (worker, code, signal) => {
    if (worker.exitedAfterDisconnect) return;
    const next = cluster.fork();
    console.log(`worker ${worker.id} died (${signal || code}), worker ${next.id} takes its place`);
  });
} else {
  http
    .createServer((req, res) => {
      if (req.url === '/crash') process.exit(1);
      res.end(`hello from worker ${cluster.worker.id}\n`);
    })
    .listen(port);
}

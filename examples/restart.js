'use strict';

// A worker that crashes is replaced. Meanwhile, the other worker answers.

const cluster = require('rs-cluster');
const http = require('node:http');

const port = Number(process.env.PORT || 8000);

if (cluster.isPrimary) {
  const supervisor = cluster.supervise({ workers: 2 });

  supervisor.on('worker', (worker, state, reason) => {
    console.log(`slot ${worker.slot}: worker ${worker.id} is ${state} (${reason})`);
  });
  cluster.once('listening', async (worker, { port }) => {
    await supervisor.ready;
    console.log(`Try: curl http://localhost:${port}/ http://localhost:${port}/crash`);
  });
} else {
  http
    .createServer((req, res) => {
      if (req.url === '/crash') process.exit(1);
      res.end(`hello from worker ${cluster.worker.id}\n`);
    })
    .listen(port);
}

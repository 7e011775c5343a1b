'use strict';

// SCHED_NONE: the workers accept from one shared socket, and the kernel chooses the worker. Set it before the first
// fork(), or set the environment variable NODE_CLUSTER_SCHED_POLICY=none.

const cluster = require('rs-cluster');
const http = require('node:http');

const port = Number(process.env.PORT || 8000);

cluster.schedulingPolicy = cluster.SCHED_NONE;

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (worker, address) => console.log(`Try: curl http://localhost:${address.port}/`));
} else {
  http.createServer((req, res) => res.end(`the kernel chose worker ${cluster.worker.id}\n`)).listen(port);
}

'use strict';

// Only rs-cluster. One worker is blocked for a second, but its clients do not wait. cluster.stats() shows the reason:
// the primary has revoked the offers, and the other worker has answered.

const cluster = require('rs-cluster');
const { once } = require('node:events');
const http = require('node:http');

async function ask(port) {
  const start = performance.now();
  const [response] = await once(http.get({ port, agent: false }), 'response');
  const [text] = await once(response.setEncoding('utf8'), 'data');
  console.log(`${text} after ${(performance.now() - start).toFixed()} ms`);
}

async function main() {
  const workers = [cluster.fork(), cluster.fork()];
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));

  workers[0].send('block for a second');
  await once(workers[0], 'message');
  await Promise.all([ask(port), ask(port), ask(port), ask(port)]);

  console.log(cluster.stats());
  cluster.disconnect();
}

if (cluster.isPrimary) {
  main();
} else {
  http.createServer((req, res) => res.end(`answered by worker ${cluster.worker.id}`)).listen(0);

  process.on('message', () => {
    process.send('blocked');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  });
}

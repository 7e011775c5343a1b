'use strict';

// Fastify. The application needs no change to run in several workers.

const cluster = require('rs-cluster');
const fastify = require('fastify');

const port = Number(process.env.PORT || 8000);

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (worker, address) => console.log(`Try: curl http://localhost:${address.port}/`));
} else {
  const app = fastify();
  app.get('/', async () => ({ hello: 'world', worker: cluster.worker.id }));
  app.listen({ port });
}

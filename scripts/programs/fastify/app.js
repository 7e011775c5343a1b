'use strict';

const fastify = require('fastify')();

fastify.get('/', async () => ({ hello: `world from process ${process.pid}` }));

const start = async () => {
  try {
    await fastify.listen({ port: process.env.PORT ?? 3000 });
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
};
start();

'use strict';

/** What the programs need from npm: these versions and no others, so that each run proves the same. */
module.exports = {
  '@hono/node-server': '2.1.9',
  '@nestjs/common': '12.5.1',
  '@nestjs/core': '12.5.1',
  '@nestjs/platform-express': '12.5.1',
  express: '5.3.0',
  fastify: '5.12.8',
  hono: '4.13.19',
  koa: '3.3.0',
  next: '16.4.6',
  react: '19.3.1',
  'react-dom': '19.3.1',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
  'socket.io': '4.8.4',
  'socket.io-client': '4.8.4',
  tsx: '4.23.15',
  typescript: '7.0.2',
};

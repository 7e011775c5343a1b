'use strict';

/**
 * Programs that know nothing of rs-cluster. They are written as the documentation of their frameworks has them, and each
 * answers with the pid of its process.
 *
 * @typedef {object} Program
 * @property {string} folder in this folder
 * @property {string} file that `rs-cluster` is given
 * @property {string[]} packages of `packages.js`
 * @property {string[][]} [build] commands that are run before it starts, without their folder
 * @property {Record<string, string>} [env]
 * @property {string[]} [options] of `rs-cluster`
 * @property {number} [since] the first Node line that can run it
 * @property {'socket.io'} [clients] instead of those of HTTP
 * @property {boolean} [isShort] whether the short form has it: it is installed within seconds
 */

/** @type {Record<string, Program>} */
module.exports = {
  express: { folder: 'express', file: 'app.js', packages: ['express'], isShort: true },
  fastify: { folder: 'fastify', file: 'app.js', packages: ['fastify'] },
  koa: { folder: 'koa', file: 'app.js', packages: ['koa'] },
  hono: { folder: 'hono', file: 'app.mjs', packages: ['hono', '@hono/node-server'] },
  nest: {
    folder: 'nest',
    file: 'dist/main.js',
    packages: [
      '@nestjs/common',
      '@nestjs/core',
      '@nestjs/platform-express',
      'reflect-metadata',
      'rxjs',
      'typescript',
    ],
    build: [['tsc']],
  },
  next: {
    folder: 'next',
    file: 'server.js',
    packages: ['next', 'react', 'react-dom'],
    build: [['next', 'build']],
    env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  },
  'socket.io': {
    folder: 'socket.io',
    file: 'app.js',
    packages: ['socket.io', 'socket.io-client'],
    // A connection that is upgraded stays until then.
    options: ['--drain-timeout', '2s'],
    clients: 'socket.io',
  },
  esm: { folder: 'esm', file: 'app.mjs', packages: [], isShort: true },
  tsx: {
    folder: 'typescript',
    file: 'transformed.ts',
    packages: ['tsx'],
    env: { NODE_OPTIONS: '--import tsx' },
  },
  'type stripping': { folder: 'typescript', file: 'erasable.ts', packages: [], since: 24 },
  'node:cluster': { folder: 'node-cluster', file: 'app.js', packages: [], isShort: true },
};

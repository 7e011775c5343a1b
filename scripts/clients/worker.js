'use strict';

/**
 * The worker of `scripts/clients.js`, whoever forks it: a server on the port in PORT that answers each request when it
 * has read all of it. PROTOCOL=h2 makes it one of `node:http2`.
 */

const http = require('node:http');
const http2 = require('node:http2');

const { createServer } = process.env.PROTOCOL === 'h2' ? http2 : http;

const server = createServer((request, response) => {
  request.resume().on('end', () => setImmediate(() => response.end('hello')));
});
server.listen(Number(process.env.PORT), '127.0.0.1');

// pm2 ends a worker so. This is how its documentation says that a program ends without failures.
process.on('SIGINT', () => server.close(() => process.exit(0)));

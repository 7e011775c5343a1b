'use strict';

const net = require('node:net');
const reusePort = require('../fixtures/scenarios/reuse-port');

reusePort('servers with reusePort do not ask the primary', (port) =>
  net.createServer().listen({ port, host: '127.0.0.1', reusePort: true }),
);

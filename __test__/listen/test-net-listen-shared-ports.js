'use strict';

const net = require('node:net');
const fixedPort = require('../fixtures/scenarios/fixed-port');
const { freePort } = require('../harness');

fixedPort(
  'a fixed port is shared, unless the server is exclusive',
  () => freePort('localhost'),
  (options) => net.createServer().listen({ host: 'localhost', ...options }),
);

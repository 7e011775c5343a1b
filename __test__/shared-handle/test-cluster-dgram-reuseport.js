'use strict';

const dgram = require('node:dgram');
const reusePort = require('../fixtures/scenarios/reuse-port');

reusePort('sockets with reusePort do not ask the primary', (port) =>
  dgram.createSocket({ type: 'udp4', reusePort: true }).bind(port),
);

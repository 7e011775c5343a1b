'use strict';

const dgram = require('node:dgram');
const { once } = require('node:events');
const fixedPort = require('../fixtures/scenarios/fixed-port');

/** A UDP port that was free a moment ago. */
async function freePort() {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

fixedPort('a fixed port is shared, unless the socket is exclusive', freePort, (options) =>
  dgram.createSocket('udp4').bind({ address: '127.0.0.1', ...options }),
);

'use strict';

const dgram = require('node:dgram');
const { once } = require('node:events');
const port0Twice = require('../fixtures/scenarios/port-0-twice');

port0Twice('closing a socket on port 0 breaks no other', async () => {
  let port;
  const socket = dgram.createSocket('udp4');
  socket.bind(0, () => {
    ({ port } = socket.address());
    process.nextTick(() => socket.close());
  });
  await once(socket, 'close');
  return port;
});

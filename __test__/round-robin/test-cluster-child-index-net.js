'use strict';

const { once } = require('node:events');
const net = require('node:net');
const port0Twice = require('../fixtures/scenarios/port-0-twice');

port0Twice('closing a server on port 0 breaks no other', async () => {
  let port;
  const server = net.createServer();
  server.listen(0, '127.0.0.1', () => {
    ({ port } = server.address());
    server.close();
  });
  await once(server, 'close');
  return port;
});

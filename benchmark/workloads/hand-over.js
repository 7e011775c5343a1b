'use strict';

/**
 * The primary accepts connections and sends each to its worker, which ends it. The clients are in another
 * process, whose CPU time is not counted.
 */

const childProcess = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const { cluster, Peer, team, measured } = require('./peer');

async function primary() {
  const peers = await team(1);
  const [peer] = peers;
  const server = net.createServer({ pauseOnConnect: true }, (socket) => peer.send('socket', socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clients = childProcess.fork(require.resolve('./clients'), [server.address().port]);

  await measured(peers, async (count) => {
    clients.send(count);
    await once(clients, 'message');
  });
  clients.disconnect();
  server.close();
}

if (cluster.isPrimary) {
  primary();
} else {
  const peer = new Peer(process);
  peer.ondata = (_message, socket) => socket.end();
}

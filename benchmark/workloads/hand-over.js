'use strict';

/**
 * The primary accepts connections and sends each to a worker, which ends it. The workers take turns. The clients
 * are in another process, whose CPU time is not counted.
 */

const childProcess = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const { cluster, workload, Peer, team, measured } = require('./peer');

const { workers = 1 } = workload;

async function primary() {
  const peers = await team(workers);
  let turn = 0;
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    peers[turn++ % workers].send('socket', socket);
  });
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

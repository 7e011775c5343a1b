'use strict';

/**
 * The common part of the measured servers. All workers listen on one port, and answer with their number. When all
 * listen, it prints the port and the process ids, the primary's first. At the end of stdin it exits.
 *
 * The environment variable CLUSTER chooses the contender:
 *
 * - 'ours': rs-cluster with round robin.
 * - 'ours none': rs-cluster with SCHED_NONE.
 * - 'builtin': `node:cluster` with round robin.
 * - 'builtin none': `node:cluster` with SCHED_NONE.
 * - 'reuseport': each worker has its own socket, and the kernel deals the connections.
 * - 'single': one process without a cluster.
 */

const { once } = require('node:events');
const net = require('node:net');
const cluster = require('./cluster');

const SIDE = process.env.CLUSTER;

/**
 * `ports`: on so many ports each worker listens. The connections come to the first one.
 * `idle`: whether connections are kept that ask nothing. Else http would close them after 5 s.
 * `blocked`: 'primary', or 'worker' for one worker, is blocked for `milliseconds` of every `every` ms.
 */
const { workers: count, ports = 1, idle, blocked } = JSON.parse(process.argv[2]);

/** Blocks the event loop without using CPU time, so that the other processes keep their share of the machine. */
function block({ milliseconds, every }) {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  setTimeout(function turn() {
    Atomics.wait(cell, 0, 0, milliseconds);
    setTimeout(turn, every - milliseconds);
  });
}

/** With `reusePort`, every worker binds its own socket, so the port must be known before. */
async function freePort() {
  const server = net.createServer().listen({ port: 0, reusePort: true });
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** @param {net.Server} server @returns {Promise<number>} its port */
async function listen(server, options) {
  server.listen(options);
  await once(server, 'listening');
  return server.address().port;
}

function report(port, workers) {
  console.log(JSON.stringify({ port, processes: [process.pid, ...workers] }));
  process.stdin.resume().on('end', () => process.exit());
}

async function primary() {
  // Without this, the primary would wait for ever until a worker that has failed listens.
  cluster.on('exit', (_worker, code, signal) => {
    throw new Error(`a worker ended with ${signal ?? code}`);
  });
  const options = SIDE === 'reuseport' ? { port: await freePort(), reusePort: true } : { port: 0 };
  const workers = Array.from({ length: count }, () => cluster.fork({ LISTEN: JSON.stringify(options) }));
  const ports = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
  report(
    ports[0],
    workers.map((worker) => worker.process.pid),
  );
  if (blocked?.who === 'primary') block(blocked);
}

async function worker(createServer) {
  const { id } = cluster.worker;
  const options = JSON.parse(process.env.LISTEN);
  const server = createServer(`${id}`);
  if (idle) server.keepAliveTimeout = 0;
  const port = await listen(server, options);
  for (let more = 1; more < ports; more++) await listen(createServer(`${id}`), options);
  process.send(port);
  if (blocked?.who === 'worker' && id === 1) block(blocked);
}

/** @param {(id: string) => net.Server} createServer makes a server that answers `id` */
module.exports = async function serve(createServer) {
  if (SIDE === 'single') report(await listen(createServer('0'), { port: 0 }), []);
  else if (cluster.isPrimary) primary();
  else worker(createServer);
};

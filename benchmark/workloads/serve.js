'use strict';

/**
 * What the servers that are measured have in common: workers that each answer with their number,
 * on one port. When all listen, the port and the processes are printed, the primary first. The end
 * of stdin ends all.
 *
 * CLUSTER says who deals the connections out: 'ours', 'builtin' (round robin), 'none' (the builtin's
 * SCHED_NONE), 'reuseport' (the kernel: each worker has a socket of its own), or nobody ('single': one
 * process, no cluster).
 */

const { once } = require('node:events');
const net = require('node:net');
const cluster = require('./cluster');

const SIDE = process.env.CLUSTER;

/** `blocked`: who stands still for so many of `every` milliseconds, 'primary' or 'worker' (one of them). */
const { workers: count, blocked } = JSON.parse(process.argv[2]);

/** Stands still without using the CPU, so that the others have as much of the machine as ever. */
function block({ milliseconds, every }) {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  setTimeout(function turn() {
    Atomics.wait(cell, 0, 0, milliseconds);
    setTimeout(turn, every - milliseconds);
  });
}

/** With `reusePort` every worker binds for itself, so the number must be known before. */
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
  // A worker that fails would never listen.
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
  process.send(await listen(createServer(`${id}`), JSON.parse(process.env.LISTEN)));
  if (blocked?.who === 'worker' && id === 1) block(blocked);
}

/** @param {(id: string) => net.Server} createServer whose answer to everything is `id` */
module.exports = async function serve(createServer) {
  if (SIDE === 'single') report(await listen(createServer('0'), { port: 0 }), []);
  else if (cluster.isPrimary) primary();
  else worker(createServer);
};

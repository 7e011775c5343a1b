'use strict';

/**
 * The server of `scripts/clients.js`: two workers of `node:http`. It prints its port. Until the end of standard
 * input it replaces one worker after the other; then it prints what came of that, as JSON, and exits.
 *
 * With CONTENDER=builtin it is Node's own cluster, which replaces a worker by `disconnect()`, and kills it after three
 * seconds: the usual recipe.
 */

const { once } = require('node:events');
const http = require('node:http');
const isOurs = process.env.CONTENDER !== 'builtin';
const cluster = isOurs ? require('../..') : require('node:cluster');

const WORKERS = 2;
/** In ms. */
const KILL = 3000;

async function fork() {
  const worker = cluster.fork();
  const [{ port }] = await once(worker, 'listening');
  return { worker, port };
}

/** @returns {Promise<boolean>} whether the worker had to be killed */
async function replace(worker) {
  if (isOurs) return (await worker.drain()).killed;
  let killed = false;
  const timer = setTimeout(() => {
    killed = true;
    worker.process.kill('SIGKILL');
  }, KILL);
  worker.disconnect();
  await once(worker, 'exit');
  clearTimeout(timer);
  return killed;
}

async function primary() {
  const workers = [];
  let port;
  while (workers.length < WORKERS) {
    const forked = await fork();
    workers.push(forked.worker);
    ({ port } = forked);
  }
  let isOver = false;
  process.stdin.resume().on('end', () => (isOver = true));
  console.log(port);
  const result = { replaced: 0, killed: 0, slowest: 0 };
  while (!isOver) {
    const { worker } = await fork();
    workers.push(worker);
    const start = performance.now();
    if (await replace(workers.shift())) result.killed++;
    result.replaced++;
    result.slowest = Math.max(result.slowest, Math.round(performance.now() - start));
  }
  console.log(JSON.stringify(result));
  process.exit();
}

function worker() {
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => setImmediate(() => response.end('hello')));
  });
  server.listen(0, '127.0.0.1');
}

if (cluster.isPrimary) primary();
else worker();

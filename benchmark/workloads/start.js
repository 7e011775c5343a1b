'use strict';

/**
 * Starts workers one after the other. It measures the time until a worker is online, the time until it listens,
 * and its memory at that moment.
 */

const { once } = require('node:events');

/** The cluster module to measure. */
const cluster = process.env.CLUSTER === 'builtin' ? require('node:cluster') : require('../..');

async function start() {
  const begin = performance.now();
  const worker = cluster.fork();
  const heard = once(worker, 'message');
  await once(worker, 'online');
  const online = (performance.now() - begin) * 1000;
  const [rss] = await heard;
  const listening = (performance.now() - begin) * 1000;
  worker.disconnect();
  await once(worker, 'exit');
  return { online, listening, rss };
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

async function primary(count) {
  const first = await start();
  const starts = [];
  while (starts.length < count) starts.push(await start());
  const of = (metric) => median(starts.map((each) => each[metric]));
  console.log(
    JSON.stringify({ first: first.online, online: of('online'), listening: of('listening'), RSS: of('rss') }),
  );
}

/** By name: loads the server of a worker, and listens. */
const servers = {
  http: (done) => require('node:http').createServer().listen(0, '127.0.0.1', done),
  fastify: (done) => require('fastify')().listen({ port: 0, host: '127.0.0.1' }, done),
};

const { count, server } = JSON.parse(process.argv[2]);
if (cluster.isPrimary) primary(count);
else servers[server](() => process.send(process.memoryUsage.rss() / 1024));

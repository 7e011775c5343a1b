'use strict';

/** Workers, one after the other: how long each takes to come online, and how much memory it has then. */

const { once } = require('node:events');
const http = require('node:http');

/** The module under test, as a program would require it. */
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

async function primary({ count }) {
  const first = await start();
  const starts = [];
  while (starts.length < count) starts.push(await start());
  const of = (metric) => median(starts.map((each) => each[metric]));
  console.log(
    JSON.stringify({ first: first.online, online: of('online'), listening: of('listening'), RSS: of('rss') }),
  );
}

if (cluster.isPrimary) {
  primary(JSON.parse(process.argv[2]));
} else {
  const server = http.createServer((_, response) => response.end());
  server.listen(0, '127.0.0.1', () => process.send(process.memoryUsage.rss() / 1024));
}

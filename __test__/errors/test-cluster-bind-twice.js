'use strict';

const assert = require('node:assert');
const { fork } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const { scenario } = require('../harness');

/** The primary of one of the two clusters: it hands on what its worker and its parent say. */
function relay(cluster) {
  const worker = cluster.fork();
  worker.on('message', process.send.bind(process));
  process.on('message', worker.send.bind(worker));
  worker.on('exit', process.exit);
}

async function listen(primary, port) {
  primary.send({ port });
  const [answer] = await once(primary, 'message');
  return answer;
}

scenario("a port of another cluster's gives EADDRINUSE to the worker that asked", {
  async primary(cluster) {
    if (process.argv.includes('relay')) return relay(cluster);

    const first = fork(process.argv[1], ['relay']);
    const second = fork(process.argv[1], ['relay']);
    const { port } = await listen(first, 0);
    assert.ok(port > 0);
    assert.deepStrictEqual(await listen(second, port), { code: 'EADDRINUSE' });
    assert.deepStrictEqual(Object.keys(await listen(second, 0)), ['port'], 'the worker is of no more use');

    for (const [primary, exit] of [
      [first, 5],
      [second, 6],
    ]) {
      primary.send({ exit });
      assert.deepStrictEqual(await once(primary, 'exit'), [exit, null]);
    }
  },
  worker() {
    process.on('message', ({ port, exit }) => {
      if (exit !== undefined) process.exit(exit);
      const server = net.createServer().listen(port, '127.0.0.1');
      server.on('listening', () => process.send({ port: server.address().port }));
      server.on('error', ({ code }) => process.send({ code }));
    });
  },
});

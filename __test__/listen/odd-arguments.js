'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

scenario('a worker that listens at the working directory of the primary gets an error', {
  skipBuiltin: 'its primary dies of it',
  async primary(cluster) {
    const worker = cluster.fork();
    const [code] = await once(worker, 'message');
    assert.strictEqual(code, 'EADDRINUSE');
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  async worker() {
    const [error] = await once(net.createServer().listen(process.cwd()), 'error');
    process.send(error.code);
  },
});

scenario('a backlog may be a text, or missing', {
  async primary(cluster) {
    const worker = cluster.fork();
    const [count] = await once(worker, 'message');
    assert.strictEqual(count, 3);
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  async worker() {
    const servers = [
      net.createServer().listen(0, '127.0.0.1', () => {}),
      net.createServer().listen({ port: '0', host: '127.0.0.1', backlog: '7' }),
      net.createServer().listen(0, '127.0.0.1', 7),
    ];
    await Promise.all(servers.map((server) => once(server, 'listening')));
    process.send(servers.length);
  },
});

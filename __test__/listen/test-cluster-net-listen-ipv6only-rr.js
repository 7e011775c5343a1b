'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited, freePort, read } = require('../harness');

scenario('three workers share an IPv6 port and leave the IPv4 one free', {
  async primary(cluster) {
    const port = await freePort('::');
    const workers = Array.from({ length: 3 }, () => cluster.fork({ PORT: port }));
    for (const _ of workers) {
      const [, address] = await once(cluster, 'listening');
      assert.deepStrictEqual(address, { addressType: 6, address: '::', port, fd: undefined });
    }
    const server = net.createServer((socket) => socket.end('primary')).listen(port, '0.0.0.0');
    await once(server, 'listening');
    assert.strictEqual(await read(port, '127.0.0.1'), 'primary');
    assert.match(await read(port, '::1'), /^worker [123]$/);
    server.close();
    for (const worker of workers) worker.disconnect();
    for (const worker of workers) assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker(cluster) {
    net
      .createServer((socket) => socket.end(`worker ${cluster.worker.id}`))
      .listen({ host: '::', port: Number(process.env.PORT), ipv6Only: true });
  },
});

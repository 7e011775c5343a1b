'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited, read } = require('../harness');

scenario('three workers share a port for IPv6 and IPv4', {
  async primary(cluster) {
    const workers = Array.from({ length: 3 }, () => cluster.fork());
    const addresses = [];
    for (const _ of workers) addresses.push((await once(cluster, 'listening'))[1]);
    assert.strictEqual(addresses[0].addressType, 6);
    assert.ok(addresses[0].port > 0);
    for (const address of addresses) assert.deepStrictEqual(address, addresses[0]);
    const ids = [];
    for (const _ of workers) ids.push(await read(addresses[0].port, '127.0.0.1'));
    assert.deepStrictEqual(ids.sort(), ['1', '2', '3']);
    assert.match(await read(addresses[0].port, '::1'), /^[123]$/);
    for (const worker of workers) worker.disconnect();
    for (const worker of workers) assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker(cluster) {
    net.createServer((socket) => socket.end(`${cluster.worker.id}`)).listen({ host: '::', port: 0 });
  },
});

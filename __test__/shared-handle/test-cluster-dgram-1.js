'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

const WORKERS = 4;
const EACH = 10;

scenario('four workers share a socket, and each takes its part', {
  async primary(cluster) {
    const workers = Array.from({ length: WORKERS }, () => cluster.fork());
    const addresses = [];
    for (const _ of workers) addresses.push((await once(cluster, 'listening'))[1]);
    const [{ address, port, addressType }] = addresses;
    assert.deepStrictEqual([address, addressType], ['127.0.0.1', 'udp4']);
    assert.ok(port > 0);
    for (const each of addresses) assert.deepStrictEqual(each, addresses[0]);

    const counts = workers.map((worker) => once(worker, 'message'));
    const ends = workers.map(exited);
    const socket = dgram.createSocket('udp4');
    for (let i = 0; i < WORKERS * EACH; i++) socket.send('datagram', port, address);
    for (const count of counts) assert.deepStrictEqual(await count, [EACH, undefined]);
    for (const end of ends) assert.deepStrictEqual(await end, [0, null]);
    socket.close();
  },
  worker(cluster) {
    let count = 0;
    const socket = dgram.createSocket('udp4');
    socket.on('message', (message) => {
      assert.strictEqual(`${message}`, 'datagram');
      if (++count === EACH) socket.close();
    });
    socket.on('close', () => {
      process.send(count);
      cluster.worker.disconnect();
    });
    socket.bind(0, '127.0.0.1');
  },
});

'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { scenario, listening, exited } = require('../harness');

const WORKERS = 4;
const EACH = 10;

/** A socket that nobody reads here. */
function bound() {
  const { UDP } = process.binding('udp_wrap');
  const handle = new UDP();
  assert.strictEqual(handle.bind('127.0.0.1', 0, 0), 0);
  return handle;
}

scenario('bind({ fd }) means a descriptor of the primary', {
  async primary(cluster) {
    const handle = bound();
    const { workers, address } = await listening(cluster, WORKERS, { env: { DESCRIPTOR: handle.fd } });
    const own = {};
    handle.getsockname(own);
    assert.strictEqual(address.port, own.port);
    assert.strictEqual(address.addressType, 'udp4');

    const counts = workers.map((worker) => once(worker, 'message'));
    const ends = workers.map(exited);
    const socket = dgram.createSocket('udp4');
    for (let i = 0; i < WORKERS * EACH; i++) socket.send('datagram', address.port, '127.0.0.1');
    for (const count of counts) assert.deepStrictEqual(await count, [EACH, undefined]);
    for (const end of ends) assert.deepStrictEqual(await end, [0, null]);
    socket.close();
    handle.close();
  },
  worker(cluster) {
    let count = 0;
    const socket = dgram.createSocket('udp4');
    socket.on('message', () => ++count === EACH && socket.close());
    socket.on('close', () => {
      process.send(count);
      cluster.worker.disconnect();
    });
    socket.bind({ fd: Number(process.env.DESCRIPTOR) });
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

const DESCRIPTORS = [4, 5, 6];

scenario("a worker opens the pipes behind its channel's descriptor as sockets", {
  async primary(cluster) {
    cluster.setupPrimary({ stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe', 'pipe', 'pipe'] });
    const worker = cluster.fork();
    const [sockets] = await once(worker, 'message');
    assert.deepStrictEqual(sockets, Array(3).fill({ readable: true, writable: true }));

    assert.strictEqual(worker.process.stdio.length, 7);
    for (const fd of DESCRIPTORS) {
      const pipe = worker.process.stdio[fd];
      pipe.setEncoding('utf8').write('to');
      assert.deepStrictEqual(await once(pipe, 'data'), [`to ${fd}`]);
    }
    worker.send('leave');
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    const sockets = DESCRIPTORS.map((fd) => {
      const socket = new net.Socket({ fd, readable: true, writable: true });
      socket.on('data', (data) => socket.write(`${data} ${fd}`));
      return socket;
    });
    process.on('message', () => process.disconnect());
    process.send(sockets.map(({ readable, writable }) => ({ readable, writable })));
  },
});

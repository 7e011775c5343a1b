'use strict';

// What becomes of a worker's ports when its drain begins.

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { read, settled } = require('../harness');
const { drains, told, connect, rest } = require('../fixtures/drains');

/** Whether nobody listens on this port. */
async function isClosed(port) {
  const socket = net.connect(port, '127.0.0.1').resume();
  let code;
  socket.on('error', (error) => (code = error.code));
  await new Promise((resolve) => socket.once('close', resolve));
  return code === 'ECONNREFUSED';
}

for (const policy of ['SCHED_RR', 'SCHED_NONE']) {
  drains(`a port on which no other worker listens is closed when the drain begins (${policy})`, {
    policy,
    async primary({ cluster, worker, port }) {
      const text = rest(await connect(worker, port));
      const begun = told(worker, 'drain');
      const drained = worker.drain({ timeout: 120_000 });
      await begun;
      // The primary's thread closes it.
      assert.ok(await settled(() => isClosed(port)));
      // Another worker may listen there again, while the first one still serves.
      const next = cluster.fork({ PORT: port });
      await once(next, 'listening');
      assert.strictEqual(await read(port), '2');
      worker.send('end');
      assert.strictEqual(await text, '1');
      assert.deepStrictEqual(await drained, { killed: false });
      await next.drain();
    },
    worker(cluster) {
      const server = net.createServer((socket) => {
        if (cluster.worker.id === 2) socket.end('2');
        else process.once('message', () => socket.end('1'));
      });
      if (process.env.PORT === undefined) return server;
      server.listen(Number(process.env.PORT), '127.0.0.1');
    },
  });

  drains(`a port on which another worker listens goes on to that one (${policy})`, {
    policy,
    count: 2,
    async primary({ workers: [worker, other], port }) {
      const begun = told(worker, 'drain');
      const drained = worker.drain({ timeout: 120_000 });
      await begun;
      for (let i = 0; i < 4; i++) assert.strictEqual(await read(port), `${other.id}`);
      assert.deepStrictEqual(await drained, { killed: false });
      await other.drain();
    },
    worker: (cluster) => net.createServer((socket) => socket.end(`${cluster.worker.id}`)),
  });
}

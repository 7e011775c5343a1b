'use strict';

// When a process learns that a worker listens no more, the port is free: in the same tick, whatever the
// reactor does.

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited, freePort, listening, temporaryPath } = require('../harness');

/** Several, because this tests an order that may be right by chance. */
const ROUNDS = 20;

/** Listens here without any cluster. What is free is bound before `listen()` returns. */
async function useHere(where) {
  const server = net.createServer();
  server.listen(where);
  await once(server, 'listening');
  const closed = once(server, 'close');
  server.close();
  await closed;
}

const worker = () => net.createServer((socket) => socket.end()).listen(process.env.WHERE);

scenario('a port is free when worker.disconnect() returns', {
  async primary(cluster) {
    const port = await freePort('::');
    for (let round = 0; round < ROUNDS; round++) {
      const { workers } = await listening(cluster, 1, { env: { WHERE: port } });
      workers[0].disconnect();
      await useHere({ port });
      assert.deepStrictEqual(await exited(workers[0]), [0, null]);
    }
  },
  worker,
});

scenario('a path is free when worker.disconnect() returns, and what is made there is not removed', {
  async primary(cluster) {
    const path = temporaryPath('socket');
    for (let round = 0; round < ROUNDS; round++) {
      const { workers } = await listening(cluster, 1, { env: { WHERE: path } });
      workers[0].disconnect();
      const server = net.createServer((socket) => socket.end()).listen(path);
      await once(server, 'listening');
      assert.deepStrictEqual(await exited(workers[0]), [0, null]);
      const client = net.connect(path).resume();
      await once(client, 'close');
      server.close();
      await once(server, 'close');
    }
  },
  worker,
});

scenario('a port is free for the primary in the tick of the message that says so', {
  async primary(cluster) {
    const port = await freePort('::');
    const { workers } = await listening(cluster, 1, { env: { WHERE: port } });
    for (let round = 0; round < ROUNDS; round++) {
      workers[0].send('close');
      const [message] = await once(workers[0], 'message');
      assert.strictEqual(message, 'closed');
      await useHere({ port });
      workers[0].send('listen');
      await once(workers[0], 'message');
    }
    workers[0].disconnect();
  },
  worker() {
    const server = net.createServer().listen(process.env.WHERE);
    process.on('message', async (message) => {
      if (message === 'close') {
        server.close();
        await once(server, 'close');
        process.send('closed');
      } else {
        server.listen(process.env.WHERE);
        await once(server, 'listening');
        process.send('listening');
      }
    });
  },
});

scenario('a port that another worker shares stays open, and is free after the last one', {
  async primary(cluster) {
    const port = await freePort('::');
    const { workers } = await listening(cluster, 3, { env: { WHERE: port } });
    for (const [i, worker] of workers.entries()) {
      const server = net.createServer().listen(port);
      await assert.rejects(once(server, 'listening'), { code: 'EADDRINUSE' }, `${i} have left`);
      worker.disconnect();
    }
    await useHere({ port });
    for (const worker of workers) assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker,
});

scenario('a worker that joins a port while another leaves it listens', {
  async primary(cluster) {
    const port = await freePort('::');
    let { workers } = await listening(cluster, 1, { env: { WHERE: port } });
    for (let round = 0; round < ROUNDS; round++) {
      const next = cluster.fork({ WHERE: port });
      await once(next, 'online');
      // Its request is on its way, or was granted.
      workers[0].disconnect();
      if (next.state !== 'listening') await once(next, 'listening');
      const client = net.connect(port).resume();
      await once(client, 'close');
      assert.deepStrictEqual(await exited(workers[0]), [0, null]);
      workers = [next];
    }
    workers[0].disconnect();
  },
  worker: () => net.createServer((socket) => socket.end()).listen(process.env.WHERE),
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { NODE, scenario, listening, exited, freePort } = require('../harness');

/** Proves that the port is free: listens there without any cluster. */
async function useHere(port, host) {
  const server = net.createServer().listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

scenario('a port is free again when its servers have closed', {
  skipBuiltin: NODE < 22 ? 'it never answers' : undefined,
  async primary(cluster) {
    const PORT = await freePort('::');
    const say = async (worker, message) => {
      worker.send(message);
      return (await once(worker, 'message'))[0];
    };
    const first = cluster.fork({ PORT });
    const second = cluster.fork({ PORT });
    assert.strictEqual(await say(first, 'listen'), 'listening');
    assert.strictEqual(await say(first, 'listen'), 'EADDRINUSE');
    assert.strictEqual(await say(first, 'close'), 'closed');

    await useHere(PORT, '::');

    assert.strictEqual(await say(second, 'listen'), 'listening');
    assert.strictEqual(await say(first, 'listen'), 'listening');
    assert.strictEqual(await say(first, 'close'), 'closed');
    for (const worker of [first, second]) worker.disconnect();
    for (const worker of [first, second]) assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    let servers = [];
    process.on('message', async (message) => {
      if (message === 'close') {
        const closings = servers.map((server) => once(server.close(), 'close'));
        servers = [];
        await Promise.all(closings);
        process.send('closed');
        return;
      }
      const server = net.createServer();
      server.once('error', (error) => process.send(error.code));
      server.listen(process.env.PORT, '::', () => {
        servers.push(server);
        process.send('listening');
      });
    });
  },
});

scenario('a port is free again when its only worker was killed', {
  async primary(cluster) {
    // Several rounds, because this tests an order that may be right by chance.
    for (let round = 0; round < 10; round++) {
      const { workers, port } = await listening(cluster);
      const [worker] = workers;
      const gone = [once(worker, 'disconnect'), once(worker, 'exit')];
      worker.kill('SIGKILL');
      await Promise.all(gone);
      await useHere(port, '127.0.0.1');
    }
  },
  worker() {
    net.createServer().listen(0, '127.0.0.1');
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { NODE, scenario, exited, freePort } = require('../harness');

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

    const server = net.createServer().listen(PORT, '::');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');

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

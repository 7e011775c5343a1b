'use strict';

const assert = require('node:assert');
const { on, once } = require('node:events');
const net = require('node:net');
const { scenario, exited, read } = require('../harness');

for (const exclusive of [false, true]) {
  scenario(`a port that was in use is free for the same worker later (exclusive: ${exclusive})`, {
    async primary(cluster) {
      const owner = net.createServer().listen(0, '127.0.0.1');
      await once(owner, 'listening');
      const { port } = owner.address();
      const worker = cluster.fork();
      const inbox = on(worker, 'message');
      const listen = async () => {
        worker.send({ port, host: '127.0.0.1', exclusive });
        return (await inbox.next()).value[0];
      };

      for (let i = 0; i < 2; i++) {
        assert.deepStrictEqual(await listen(), { code: 'EADDRINUSE', port });
      }
      owner.close();
      await once(owner, 'close');
      assert.deepStrictEqual(await listen(), { listening: port });
      assert.strictEqual(await read(port), 'hello');
      worker.disconnect();
      assert.deepStrictEqual(await exited(worker), [0, null]);
    },

    worker() {
      process.on('message', (options) => {
        const server = net.createServer((socket) => {
          socket.end('hello');
          server.close(); // An exclusive server does not belong to the cluster.
        });
        server.on('error', ({ code, port }) => process.send({ code, port }));
        server.listen(options, () => process.send({ listening: server.address().port }));
      });
    },
  });
}

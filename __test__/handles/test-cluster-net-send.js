'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

for (const exclusive of [false, true]) {
  const whose = exclusive ? 'accepted by itself' : 'was given by the primary';
  scenario(`a worker sends up a connection that it ${whose}`, {
    async primary(cluster) {
      const worker = cluster.fork({ RS_TEST_EXCLUSIVE: exclusive ? 'yes' : '' });
      const [message, socket] = await once(worker, 'message');
      assert.strictEqual(message, 'socket');
      assert.ok(socket instanceof net.Socket);
      worker.send('got it');

      let text = '';
      socket.setEncoding('utf8').on('data', (data) => (text += data));
      await once(socket, 'end');
      assert.strictEqual(text, 'hello');
      socket.end();
      worker.disconnect();
      // Its 'disconnect' listener picks the code.
      assert.deepStrictEqual(await exited(worker), [42, null]);
    },

    worker() {
      const exclusive = process.env.RS_TEST_EXCLUSIVE === 'yes';
      const server = net.createServer((socket) => process.send('socket', socket));
      server.listen({ port: 0, host: '127.0.0.1', exclusive }, () => {
        const client = net.connect(server.address().port, '127.0.0.1');
        process.once('message', (message) => {
          assert.strictEqual(message, 'got it');
          client.end('hello');
        });
      });
      process.once('disconnect', () => process.exit(42));
    },
  });
}

'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { on, once } = require('node:events');
const fs = require('node:fs');
const { scenario, exited, temporaryPath } = require('../harness');

scenario('a bound udp socket that was sent to a worker receives in both processes', {
  async primary(cluster) {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const file = temporaryPath('received');
    const worker = cluster.fork({ RS_TEST_FILE: file });
    const inbox = on(worker, 'message');
    const next = async () => (await inbox.next()).value[0];

    worker.send('socket', socket);
    assert.deepStrictEqual(await next(), { port });

    // While this process is blocked, only the worker can receive what it sends itself.
    worker.send({ sendTo: port });
    const limit = Date.now() + 10_000;
    while (!fs.existsSync(file)) assert.ok(Date.now() < limit, 'the worker did not receive');
    assert.deepStrictEqual(await next(), { received: 'from the worker' });

    worker.send('close');
    assert.strictEqual(await next(), 'closed');
    const received = once(socket, 'message');
    const sender = dgram.createSocket('udp4');
    sender.send('from the primary', port, '127.0.0.1');
    assert.strictEqual(String((await received)[0]), 'from the primary');

    sender.close();
    socket.close();
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    let socket;
    process.on('message', (message, handle) => {
      if (message === 'socket') {
        socket = handle;
        assert.ok(socket instanceof dgram.Socket);
        socket.on('message', (text) => {
          process.send({ received: `${text}` });
          fs.writeFileSync(process.env.RS_TEST_FILE, text);
        });
        process.send({ port: socket.address().port });
      } else if (message === 'close') {
        socket.close(() => process.send('closed'));
      } else {
        const sender = dgram.createSocket('udp4');
        sender.send('from the worker', message.sendTo, '127.0.0.1', () => sender.close());
      }
    });
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, exited, read } = require('../harness');

const serve = () => net.createServer((socket) => socket.end('served')).listen(0, '127.0.0.1');

scenario('a process.send that wraps the real one works', {
  async primary(cluster) {
    const {
      workers: [worker],
      port,
    } = await listening(cluster);
    const end = exited(worker);
    assert.strictEqual(await read(port), 'served');
    worker.send('say');
    assert.deepStrictEqual(await once(worker, 'message'), [{ wrapped: 'said' }, undefined]);
    worker.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker() {
    const { send } = process;
    process.send = function (message, ...rest) {
      // As process managers do it: what the user sends gets an envelope.
      const own = message === 'said';
      return send.call(this, own ? { wrapped: message } : message, ...rest);
    };
    process.once('message', () => process.send('said'));
    serve();
  },
});

scenario('nothing of the cluster goes through a replaced send, on either side', {
  skipBuiltin: 'its own traffic goes through process.send',
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    worker.send = worker.process.send = () => assert.fail('sent through the replaced function');
    const [{ port }] = await once(worker, 'listening');
    assert.strictEqual(await read(port), 'served');
    worker.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker() {
    process.send = () => process.exit(5);
    serve();
  },
});

scenario("a worker that emits 'disconnect' on its process stays connected", {
  skipBuiltin: 'the event ends the worker',
  async primary(cluster) {
    cluster.on('disconnect', (worker) => assert.strictEqual(worker.exitedAfterDisconnect, true));
    const {
      workers: [worker],
      port,
    } = await listening(cluster);
    const end = exited(worker);
    worker.send('emit');
    assert.deepStrictEqual(await once(worker, 'message'), [{ heard: 1, connected: true }, undefined]);
    assert.strictEqual(await read(port), 'served');
    worker.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker() {
    let heard = 0;
    process.on('disconnect', () => heard++);
    process.once('message', () => {
      process.emit('disconnect');
      process.send({ heard, connected: process.connected });
    });
    serve();
  },
});

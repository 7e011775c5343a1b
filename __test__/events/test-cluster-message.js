'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, exited, read } = require('../harness');

scenario('messages go both ways beside the connections', {
  async primary(cluster) {
    const { port, workers } = await listening(cluster);
    const [worker] = workers;
    const onCluster = once(cluster, 'message');
    const onWorker = once(worker, 'message');
    assert.strictEqual(worker.send({ to: 'the worker' }), true);
    assert.deepStrictEqual(await onWorker, [{ got: { to: 'the worker' } }, undefined]);
    const [from, message] = await onCluster;
    assert.strictEqual(from, worker);
    assert.deepStrictEqual(message, { got: { to: 'the worker' } });

    assert.strictEqual(await read(port), 'a connection');
    worker.kill();
    assert.deepStrictEqual(await exited(worker), [null, 'SIGTERM']);
  },
  worker() {
    process.on('message', (got) => process.send({ got }));
    net.createServer((socket) => socket.end('a connection')).listen(0, '127.0.0.1');
  },
});

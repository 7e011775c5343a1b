'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { Duplex } = require('node:stream');
const { scenario, exited } = require('../harness');

scenario('a pipe at descriptor 4 carries bytes to the worker and back', {
  async primary(cluster) {
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'];
    cluster.setupPrimary({ stdio });
    assert.deepStrictEqual(cluster.settings.stdio, stdio);
    const worker = cluster.fork();
    const pipe = worker.process.stdio[4];
    assert.ok(pipe instanceof Duplex);
    assert.strictEqual(worker.process.stdio.length, 5);

    pipe.setEncoding('utf8').write('there and back');
    assert.deepStrictEqual(await once(pipe, 'data'), ['there and back']);

    worker.send('the channel works beside it');
    assert.deepStrictEqual(await once(worker, 'message'), ['the channel works beside it', undefined]);
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    const pipe = new net.Socket({ fd: 4 });
    pipe.unref();
    pipe.on('data', (data) => pipe.write(data));
    process.on('message', (message) => process.send(message));
  },
});

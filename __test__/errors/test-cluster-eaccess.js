'use strict';

const assert = require('node:assert');
const { fork } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited, temporaryPath } = require('../harness');

const HOLDER = require.resolve('../fixtures/hold-path');

scenario('a path that another process listens on gives the worker EADDRINUSE', {
  async primary(cluster) {
    const events = [];
    for (const event of ['fork', 'online', 'listening']) cluster.on(event, () => events.push(event));
    const path = temporaryPath('held');
    const worker = cluster.fork({ HELD_PATH: path });
    const [error] = await once(worker, 'message');
    // An Error becomes a plain object, with what it has of its own.
    assert.strictEqual(error.code, 'EADDRINUSE');
    assert.strictEqual(error.syscall, 'bind');
    assert.strictEqual(error.address, path);

    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.deepStrictEqual(events, ['fork', 'online']);
  },
  async worker() {
    const path = process.env.HELD_PATH;
    const holder = fork(HOLDER, [path], { stdio: 'inherit' });
    await once(holder, 'message');
    const server = net.createServer().listen(path);
    server.on('error', (error) => {
      process.send(error);
      holder.disconnect();
    });
  },
});

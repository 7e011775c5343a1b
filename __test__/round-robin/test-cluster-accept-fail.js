'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { scenario, listening, exited, read, descriptors } = require('../harness');

/** Takes all descriptors that this process may have. @returns {number[]} */
function takeAllDescriptors() {
  execFileSync('prlimit', ['--pid', `${process.pid}`, `--nofile=${descriptors() + 20}:`]);
  const taken = [];
  for (;;) {
    try {
      taken.push(fs.openSync('/dev/null'));
    } catch (error) {
      assert.strictEqual(error.code, 'EMFILE');
      return taken;
    }
  }
}

scenario('a primary that cannot accept keeps quiet, and the worker can still close and leave', {
  async primary(cluster) {
    const { workers } = await listening(cluster);
    const [worker] = workers;
    takeAllDescriptors();
    worker.send('connect');
    await once(worker, 'message');
    // The connection is older than this message, so the builtin's loop has tried to accept it.
    worker.send('leave');
    assert.deepStrictEqual(await once(worker, 'message'), [['client', 'server'], undefined]);
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker(cluster) {
    const server = net.createServer().listen(0, '127.0.0.1');
    const closed = new Set();
    const leave = (name) => {
      if (closed.add(name).size < 2) return;
      process.send([...closed].sort());
      cluster.worker.disconnect();
    };
    process.on('message', (message) => {
      if (message === 'leave') {
        server.close(() => leave('server'));
        return;
      }
      net
        .connect(server.address().port, '127.0.0.1', () => process.send('connected'))
        .on('error', () => {})
        .on('close', () => leave('client'))
        .resume();
    });
  },
});

scenario('a primary that could not accept for a while goes on when it can', {
  async primary(cluster) {
    const { workers, port } = await listening(cluster);
    const [worker] = workers;
    const taken = takeAllDescriptors();
    worker.send('connect');
    await once(worker, 'message');
    for (const descriptor of taken) fs.closeSync(descriptor);
    assert.strictEqual(await read(port), 'served');
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    const server = net.createServer((socket) => socket.end('served')).listen(0, '127.0.0.1');
    process.once('message', () => {
      net
        .connect(server.address().port, '127.0.0.1', () => process.send('connected'))
        .on('error', () => {})
        .resume();
    });
  },
});

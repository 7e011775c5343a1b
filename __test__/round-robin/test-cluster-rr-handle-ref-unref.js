'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { scenario, exited } = require('../harness');

function end(cluster) {
  return exited(cluster.fork());
}

scenario('unref() before the server listens is kept', {
  async primary(cluster) {
    assert.deepStrictEqual(await end(cluster), [7, null]);
  },
  worker() {
    const server = net.createServer().unref();
    server.listen(0, '127.0.0.1', () => {
      process.exitCode = 7;
      process.channel.unref();
    });
  },
});

scenario('the last of unref(), ref(), unref() counts', {
  async primary(cluster) {
    assert.deepStrictEqual(await end(cluster), [8, null]);
  },
  worker() {
    const server = net.createServer().unref();
    server.listen(0, '127.0.0.1', () => {
      process.exitCode = 8;
      server.ref();
      server.unref();
      process.channel.unref();
    });
  },
});

scenario('ref() undoes an unref()', {
  async primary(cluster) {
    assert.deepStrictEqual(await end(cluster), [9, null]);
  },
  worker() {
    const server = net.createServer().unref();
    server.listen(0, '127.0.0.1', () => {
      server.ref();
      process.channel.unref();
      // An unref'ed timer runs only if something else keeps the process alive.
      setTimeout(() => process.exit(9), 200).unref();
    });
  },
});

'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { scenario, listening, exited, read } = require('../harness');

/** What tracing agents patch, and nobody else should. */
const functions = () => ({
  'net.Server.prototype.listen': net.Server.prototype.listen,
  'net.Server.prototype.close': net.Server.prototype.close,
  'net.Server.prototype.address': net.Server.prototype.address,
  'net.createServer': net.createServer,
  'http.createServer': http.createServer,
  'http.Server.prototype.listen': http.Server.prototype.listen,
  'dgram.Socket.prototype.bind': dgram.Socket.prototype.bind,
});

const texts = () => Object.fromEntries(Object.entries(functions()).map(([name, fn]) => [name, `${fn}`]));

/** As they were before the module under test was loaded. */
const before = functions();

scenario('no function of net, http or dgram is replaced, in the primary or in a worker', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const [seen] = await once(worker, 'message');
    assert.deepStrictEqual(functions(), before);
    assert.deepStrictEqual(seen, texts());
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker() {
    process.send(texts(), () => process.disconnect());
  },
});

scenario('a listen() that an agent has patched is called, and its server is shared', {
  async primary(cluster) {
    const { workers, port } = await listening(cluster, 2);
    const ends = workers.map(exited);
    const answers = new Set();
    for (let i = 0; i < 10; i++) answers.add(await read(port));
    assert.deepStrictEqual([...answers].sort(), ['1 patched', '2 patched']);
    cluster.disconnect();
    for (const end of await Promise.all(ends)) assert.deepStrictEqual(end, [0, null]);
  },
  worker(cluster) {
    const { listen } = net.Server.prototype;
    net.Server.prototype.listen = function (...args) {
      this.on('connection', (socket) => socket.end(`${cluster.worker.id} patched`));
      return listen.apply(this, args);
    };
    net.createServer().listen(0, '127.0.0.1');
  },
});

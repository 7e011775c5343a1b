'use strict';

// cluster.disconnect(callback) calls back once, when every worker is gone: also those that left
// `cluster.workers` before, because they were disconnected by themselves.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, exited } = require('../harness');

const skipBuiltin = 'it does not wait for a worker that was disconnected before';

const BEFORE = {
  'worker.disconnect()': (cluster, worker) => worker.disconnect(),
  'cluster.disconnect()': (cluster) => cluster.disconnect(),
  'worker.process.disconnect()': (cluster, worker) => worker.process.disconnect(),
  'worker.disconnect() of all, in several ticks': async (cluster) => {
    for (const worker of Object.values(cluster.workers)) {
      worker.disconnect();
      await null;
    }
  },
};

scenario('after a callback that throws, the other callbacks still run', {
  async primary(cluster) {
    const { workers } = await listening(cluster, 2);
    const thrown = once(process, 'uncaughtException');
    const failure = new Error('of the first');
    cluster.disconnect(() => {
      throw failure;
    });
    const second = new Promise((resolve) => cluster.disconnect(resolve));
    const exits = Promise.all(workers.map((worker) => once(worker, 'exit')));
    assert.strictEqual((await thrown)[0], failure);
    await second;
    await exits;
  },
  worker: () => net.createServer().listen(0, '127.0.0.1'),
});

scenario('a process that a dead worker has started, and that holds its channel, delays no callback', {
  skipBuiltin: 'the worker stays in cluster.workers, and never disconnects',
  async primary(cluster) {
    const told = once(cluster, 'message');
    const { workers } = await listening(cluster, 1);
    const [worker] = workers;
    const [, pid] = await told;
    const disconnected = once(worker, 'disconnect');
    const words = [];
    worker.on('message', (word) => words.push(word));
    worker.send('go');
    const [, signal] = await once(worker, 'exit');
    assert.strictEqual(signal, 'SIGKILL');
    await disconnected;
    assert.deepStrictEqual([words.length, cluster.workers], [1000, {}]);
    await new Promise((resolve) => cluster.disconnect(resolve));
    process.kill(pid, 'SIGKILL');
  },
  worker() {
    const stdio = ['ignore', 'ignore', 'ignore', process.channel.fd];
    const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio });
    process.once('message', () => {
      for (let i = 0; i < 1000; i++) process.send('x'.repeat(10));
      process.send = null;
      setImmediate(() => process.kill(process.pid, 'SIGKILL'));
    });
    net.createServer().listen(0, '127.0.0.1', () => process.send(pid));
  },
});

const isGone = (worker) => worker.isDead() && !worker.isConnected();

for (const [name, before] of Object.entries(BEFORE)) {
  scenario(`after ${name} the callback waits for workers with open connections`, {
    skipBuiltin,
    async primary(cluster) {
      const { workers, port } = await listening(cluster, 3);
      const clients = [];
      for (let i = 0; i < workers.length; i++) {
        const client = net.connect(port, '127.0.0.1');
        await once(client, 'data');
        clients.push(client);
      }
      await before(cluster, workers[0]);
      let calls = 0;
      const over = new Promise((resolve) => {
        cluster.disconnect(() => {
          calls++;
          assert.deepStrictEqual(workers.map(isGone), [true, true, true]);
          assert.deepStrictEqual(cluster.workers, {});
          resolve();
        });
      });
      // Each of them says so when it has been told to go.
      for (const client of clients) client.write('are you leaving?');
      await Promise.all(clients.map((client) => once(client, 'data')));
      assert.strictEqual(calls, 0);
      for (const client of clients) client.end();
      await over;
      process.on('exit', () => assert.strictEqual(calls, 1));
    },
    worker(cluster) {
      // A worker whose channel closes unasked exits; this one has connections to serve.
      cluster.worker.exitedAfterDisconnect = true;
      net
        .createServer((socket) => {
          socket.write('hello');
          socket.on('data', () => socket.write('yes'));
        })
        .listen(0, '127.0.0.1');
    },
  });
}

scenario('it waits for a worker that is dead and has not disconnected, and for one that never came online', {
  skipBuiltin: 'it calls back when the first of them is gone',
  async primary(cluster) {
    const { workers } = await listening(cluster, 1);
    const late = cluster.fork();
    workers[0].process.kill('SIGKILL');
    late.process.kill('SIGKILL');
    await new Promise((resolve) => cluster.disconnect(resolve));
    assert.deepStrictEqual([...workers, late].map(isGone), [true, true]);
  },
  worker: () => net.createServer().listen(0, '127.0.0.1'),
});

scenario('every call of it calls back, once and when all are gone', {
  skipBuiltin,
  async primary(cluster) {
    const { workers } = await listening(cluster, 2);
    let calls = 0;
    const call = () => new Promise((resolve) => cluster.disconnect(() => resolve(++calls)));
    const all = [call(), call()];
    workers[0].disconnect();
    all.push(call());
    assert.deepStrictEqual(await Promise.all(all), [1, 2, 3]);
    assert.deepStrictEqual(workers.map(isGone), [true, true]);
    assert.strictEqual(await call(), 4);
    process.on('exit', () => assert.strictEqual(calls, 4));
  },
  worker: () => net.createServer().listen(0, '127.0.0.1'),
});

scenario('a worker that was forked and disconnected in the same tick is waited for', {
  skipBuiltin,
  async primary(cluster) {
    const worker = cluster.fork();
    worker.disconnect();
    const end = exited(worker);
    await new Promise((resolve) => cluster.disconnect(resolve));
    assert.strictEqual(isGone(worker), true);
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker() {},
});

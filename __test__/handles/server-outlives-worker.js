'use strict';

// A server whose sockets live in other processes: close() and getConnections() call back, whatever
// becomes of those processes.

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

const skipBuiltin = 'it waits for workers that are gone';

const noWarnings = () =>
  process.on('warning', (warning) => {
    throw warning;
  });

const connections = (server) =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

/** Calls back, and has done so once when this process ends. @returns {Promise<unknown[]>} the arguments */
function calledOnce(call) {
  let calls = 0;
  process.on('exit', () => assert.strictEqual(calls, 1));
  return new Promise((resolve) => {
    call((...args) => {
      calls++;
      resolve(args);
    });
  });
}

const closed = (server) => calledOnce((callback) => server.close(callback));

async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

async function connect(server) {
  const client = net.connect(server.address().port, '127.0.0.1').on('error', () => {});
  const [socket] = await once(server, 'connection');
  return { client: client.resume(), socket };
}

/** A server each of whose sockets goes to the next worker, which keeps it. */
async function shared(cluster, count) {
  const workers = Array.from({ length: count }, () => cluster.fork());
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  const server = net.createServer();
  await listen(server);
  for (const worker of workers) await give(server, worker);
  return { workers, server };
}

async function give(server, worker, options) {
  const { client, socket } = await connect(server);
  worker.send('keep', socket, options);
  assert.deepStrictEqual(await once(worker, 'message'), ['kept', undefined]);
  return { client, socket };
}

async function kill(worker) {
  const disconnected = once(worker, 'disconnect');
  worker.process.kill('SIGKILL');
  await Promise.all([exited(worker), disconnected]);
}

function keep() {
  const sockets = [];
  process.on('message', (message, socket) => {
    if (message === 'keep') {
      socket.on('error', () => {});
      sockets.push(socket);
      process.send('kept');
    } else if (message === 'pass on') process.send('back', sockets.pop());
    else if (message === 'end') for (const each of sockets.splice(0)) each.destroy();
    else if (message === 'stall') for (;;);
    else process.send('pong');
  });
}

for (const count of [1, 3]) {
  scenario(`${count} workers are dead when the server is asked, and when it closes`, {
    skipBuiltin,
    async primary(cluster) {
      const { server, workers } = await shared(cluster, count);
      assert.strictEqual(await connections(server), count);
      await Promise.all(workers.map(kill));
      assert.strictEqual(await connections(server), 0);
      assert.deepStrictEqual(await closed(server), []);
    },
    worker: keep,
  });

  scenario(`${count} workers die while the server waits for their answers`, {
    skipBuiltin: count > 1 && 'it tells of each worker that died',
    async primary(cluster) {
      const { server, workers } = await shared(cluster, count);
      for (const worker of workers) worker.send('stall');
      const counted = calledOnce((callback) => server.getConnections(callback));
      const over = closed(server);
      for (const worker of workers) worker.process.kill('SIGKILL');
      const [error] = await counted;
      assert.strictEqual(error.code, 'ERR_CHILD_CLOSED_BEFORE_REPLY');
      assert.deepStrictEqual(await over, []);
    },
    worker: keep,
  });
}

scenario('one worker dies, another lives and keeps its socket', {
  async primary(cluster) {
    const { server, workers } = await shared(cluster, 2);
    await kill(workers[0]);
    assert.strictEqual(await connections(server), 1);
    let isClosed = false;
    const over = closed(server).then(() => (isClosed = true));
    // It answers in turn, so the server would know of an end by now.
    workers[1].send('ping');
    assert.deepStrictEqual(await once(workers[1], 'message'), ['pong', undefined]);
    assert.strictEqual(isClosed, false);
    workers[1].send('end');
    await over;
    cluster.disconnect();
  },
  worker: keep,
});

scenario('the server uses other workers after its first ones died', {
  skipBuiltin,
  async primary(cluster) {
    const { server, workers } = await shared(cluster, 1);
    await kill(workers[0]);
    for (let i = 0; i < 3; i++) {
      const worker = cluster.fork();
      await once(worker, 'online');
      await give(server, worker);
      assert.strictEqual(await connections(server), 1);
      await kill(worker);
    }
    assert.deepStrictEqual(await closed(server), []);
  },
  worker: keep,
});

scenario('the server closes and listens again several times, and then its worker dies', {
  skipBuiltin,
  async primary(cluster) {
    const { server, workers } = await shared(cluster, 1);
    for (let i = 0; i < 3; i++) {
      const over = closed(server);
      workers[0].send('end');
      await over;
      await listen(server);
      await give(server, workers[0]);
      assert.strictEqual(await connections(server), 1);
    }
    await kill(workers[0]);
    assert.strictEqual(await connections(server), 0);
    assert.deepStrictEqual(await closed(server), []);
  },
  worker: keep,
});

for (const how of ['ends its socket', 'dies']) {
  scenario(`a server that has closed gives its last connection away, and the worker ${how}`, {
    skipBuiltin: 'it asks no worker once it has closed',
    async primary(cluster) {
      const worker = cluster.fork();
      await once(worker, 'online');
      const server = net.createServer();
      await listen(server);
      const { socket } = await connect(server);
      const over = closed(server);
      worker.send('keep', socket);
      assert.deepStrictEqual(await once(worker, 'message'), ['kept', undefined]);
      assert.strictEqual(await connections(server), 1);
      if (how === 'dies') await kill(worker);
      else worker.send('end');
      assert.deepStrictEqual(await over, []);
      cluster.disconnect();
    },
    worker: keep,
  });
}

scenario('a socket that the worker passed on is no longer in the worker', {
  skipBuiltin: 'it waits until the worker is gone',
  async primary(cluster) {
    const { server, workers } = await shared(cluster, 1);
    workers[0].send('pass on');
    const [, back] = await once(workers[0], 'message');
    assert.strictEqual(await connections(server), 0);
    assert.deepStrictEqual(await closed(server), []);
    back.destroy();
    cluster.disconnect();
  },
  worker: keep,
});

scenario('a socket that stays open here as well is counted twice, until the worker dies', {
  skipBuiltin,
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'online');
    const server = net.createServer();
    await listen(server);
    const { socket } = await give(server, worker, { keepOpen: true });
    assert.strictEqual(await connections(server), 2);
    await kill(worker);
    assert.strictEqual(await connections(server), 1);
    const over = closed(server);
    socket.destroy();
    assert.deepStrictEqual(await over, []);
  },
  worker: keep,
});

scenario('a server with sockets in many workers gives no warning', {
  async primary(cluster) {
    noWarnings();
    const { server } = await shared(cluster, 12);
    assert.strictEqual(await connections(server), 12);
    for (const worker of Object.values(cluster.workers)) worker.send('end');
    assert.deepStrictEqual(await closed(server), []);
    cluster.disconnect();
  },
  worker: keep,
});

scenario('a server of a worker closes when its sockets in the primary have closed', {
  async primary(cluster) {
    const worker = cluster.fork();
    const [{ port }] = await once(worker, 'listening');
    const client = net.connect(port, '127.0.0.1').resume();
    const [, socket] = await once(worker, 'message');
    worker.send('count');
    assert.deepStrictEqual(await once(worker, 'message'), [{ count: 1 }, undefined]);
    worker.disconnect();
    // Its server waits for the socket.
    worker.send('count');
    await once(worker, 'message');
    assert.strictEqual(worker.isConnected(), true);
    socket.destroy();
    assert.deepStrictEqual(await exited(worker), [0, null]);
    client.destroy();
  },
  worker() {
    const server = net.createServer((socket) => process.send('keep', socket)).listen(0, '127.0.0.1');
    process.on('message', async () => process.send({ count: await connections(server) }));
  },
});

scenario('a server of a worker closes when the primary lets go of the worker', {
  async primary(cluster) {
    const worker = cluster.fork();
    const [{ port }] = await once(worker, 'listening');
    const client = net.connect(port, '127.0.0.1').resume();
    const [, socket] = await once(worker, 'message');
    worker.send('close');
    await once(worker, 'message');
    worker.process.disconnect();
    assert.deepStrictEqual(await exited(worker), [3, null]);
    socket.destroy();
    client.destroy();
  },
  worker(cluster) {
    // It is not to exit with its channel.
    cluster.worker.exitedAfterDisconnect = true;
    const server = net.createServer((socket) => process.send('keep', socket)).listen(0, '127.0.0.1');
    process.once('message', () => {
      server.close(() => process.exit(3));
      process.send('closing');
    });
  },
});

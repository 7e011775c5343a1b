'use strict';

// 'listening' comes once for each listen that succeeds, whatever a server tried before.

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

const TRIES = 12;
const skipBuiltin = 'it announces a server once more for each time that it failed';

/** What the primary hears from a worker, until the worker has said all that it has to say. */
async function heard(worker) {
  const ports = [];
  worker.on('listening', ({ port }) => ports.push(port));
  const [expected] = await once(worker, 'message');
  worker.process.disconnect();
  assert.deepStrictEqual(await exited(worker), [0, null]);
  return { ports, expected };
}

const noWarnings = () =>
  process.on('warning', (warning) => {
    throw warning;
  });

/** Fails TRIES times on a port that is taken, then listens. */
async function failOften(server) {
  const taken = Number(process.env.TAKEN);
  for (let i = 0; i < TRIES; i++) {
    const failed = once(server, 'error');
    server.listen(taken, '127.0.0.1');
    const [{ code }] = await failed;
    assert.strictEqual(code, 'EADDRINUSE');
  }
}

async function listen(server, port = 0) {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

async function close(server) {
  server.close();
  await once(server, 'close');
}

async function primary(cluster) {
  const blocker = net.createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { ports, expected } = await heard(cluster.fork({ TAKEN: blocker.address().port }));
  blocker.close();
  assert.deepStrictEqual(ports, expected);
}

for (const policy of ['rr', 'none']) {
  const env = { NODE_CLUSTER_SCHED_POLICY: policy };

  scenario(`a server that fails several times before it listens is announced once (${policy})`, {
    skipBuiltin,
    env,
    primary,
    async worker() {
      noWarnings();
      const server = net.createServer();
      await failOften(server);
      process.send([await listen(server)]);
    },
  });

  scenario(`a server that closes and listens again is announced each time (${policy})`, {
    skipBuiltin,
    env,
    primary,
    async worker() {
      noWarnings();
      const server = net.createServer();
      const ports = [];
      for (let i = 0; i < TRIES; i++) {
        if (i % 3 === 0) await failOften(server);
        // The same port, or another one.
        ports.push(await listen(server, i % 2 === 0 ? 0 : ports.at(-1)));
        await close(server);
      }
      process.send(ports);
    },
  });

  scenario(`a server that closes in the same tick is not announced for it later (${policy})`, {
    env,
    primary,
    async worker() {
      noWarnings();
      const server = net.createServer();
      for (let i = 0; i < TRIES; i++) {
        server.listen(0, '127.0.0.1', () => server.close());
        await once(server, 'close');
      }
      process.send([await listen(server)]);
    },
  });
}

scenario('several servers that fail beside each other are announced once each', {
  skipBuiltin,
  primary,
  async worker() {
    const servers = [net.createServer(), net.createServer(), net.createServer()];
    await Promise.all(servers.map(failOften));
    const ports = [];
    for (const server of servers) ports.push(await listen(server));
    process.send(ports);
  },
});

scenario('a UDP socket that fails several times before it is bound is announced once', {
  skipBuiltin,
  async primary(cluster) {
    const blocker = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { ports, expected } = await heard(cluster.fork({ TAKEN: blocker.address().port }));
    blocker.close();
    assert.deepStrictEqual(ports, expected);
  },
  async worker() {
    noWarnings();
    const socket = dgram.createSocket('udp4');
    for (let i = 0; i < TRIES; i++) {
      const failed = once(socket, 'error');
      socket.bind(Number(process.env.TAKEN), '127.0.0.1');
      await failed;
    }
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    process.send([socket.address().port]);
  },
});

scenario("the primary hears of 'listening' in its turn among the worker's own listeners", {
  async primary(cluster) {
    const worker = cluster.fork();
    const order = [];
    worker.on('listening', () => order.push('listening'));
    worker.on('message', (message) => order.push(message));
    const end = exited(worker);
    await once(worker, 'disconnect');
    await end;
    assert.deepStrictEqual(order, ['before', 'listening', 'after']);
  },
  worker() {
    const server = net.createServer();
    server.listen(0, () => process.send('before'));
    server.on('listening', () => process.send('after', () => process.disconnect()));
  },
});

'use strict';

const assert = require('node:assert');
const { on, once } = require('node:events');
const net = require('node:net');
const { NODE, scenario, listening } = require('../harness');
const limitDescriptors = require('../fixtures/limit_descriptors');

const CLIENTS = 40;

/** For how many connections the worker has descriptors. */
const ROOM = 5;

scenario('what a worker has no descriptor for goes to another; when it has some it has its share again', {
  timeout: 15_000,
  // With SCHED_NONE a worker accepts nothing that it has no descriptor for.
  env: { NODE_CLUSTER_SCHED_POLICY: 'rr' },
  skipBuiltin: 'it loses what its worker cannot receive',
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    const [poor, rich] = workers;
    limitDescriptors(poor.process.pid, ROOM);
    const sockets = [];
    const ask = async () => {
      const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
      sockets.push(socket);
      const [id] = await once(socket, 'data');
      return id;
    };
    const given = { [poor.id]: 0, [rich.id]: 0 };
    for (let i = 0; i < CLIENTS; i++) given[await ask()]++;
    assert.deepStrictEqual(given, { [poor.id]: ROOM, [rich.id]: CLIENTS - ROOM });
    const { refused } = cluster.stats().workers[poor.id];
    assert.ok(refused > 0);
    assert.strictEqual(cluster.stats().workers[rich.id].redispatched, refused);

    for (const socket of sockets) socket.destroy();
    // It has room when it has seen that they are closed, and says so then.
    while ((await ask()) !== `${poor.id}`);
    const turns = await Promise.all([ask(), ask(), ask(), ask()]);
    // It gets the turns that it has missed.
    assert.ok(turns.filter((id) => id === `${poor.id}`).length >= turns.length / 2);
    for (const socket of sockets) socket.destroy();
    for (const worker of workers) worker.kill();
  },
  worker(cluster) {
    const server = net.createServer((socket) => socket.on('error', () => {}).write(`${cluster.worker.id}`));
    server.listen(0, '127.0.0.1');
  },
});

/** Tells the primary what comes, and whether a handle came along. */
function tell() {
  process.on('message', (message, handle) => process.send([message, handle instanceof net.Server]));
  process.send('ready');
}

scenario('a message whose handle finds no descriptor comes without it, and those behind it as ever', {
  timeout: 15_000,
  skipBuiltin: 'it tries four times, and then gives the message up',
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'message');
    limitDescriptors(worker.process.pid, 0);
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.unref(); // If the worker dies of it, there is nothing to wait for.
    const messages = on(worker, 'message');
    const next = async () => (await messages.next()).value[0];
    worker.send('with a server', server);
    worker.send('with nothing');
    assert.deepStrictEqual(await next(), ['with a server', false]);
    assert.deepStrictEqual(await next(), ['with nothing', false]);
    // The first handle also needs one for the file that knows of handles.
    limitDescriptors(worker.process.pid, 2);
    worker.send('with a server', server);
    assert.deepStrictEqual(await next(), ['with a server', true]);
    server.close();
    worker.kill();
  },
  worker: tell,
});

scenario('a worker that has one descriptor left for its first handle lives', {
  timeout: 15_000,
  skipBuiltin: NODE < 20 ? 'its primary dies' : undefined,
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'message');
    limitDescriptors(worker.process.pid, 1);
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.unref();
    worker.send('with a server', server);
    worker.send('with nothing');
    for await (const [[message]] of on(worker, 'message')) if (message === 'with nothing') break;
    server.close();
    worker.kill();
  },
  worker: tell,
});

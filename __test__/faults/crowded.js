'use strict';

// A user may have no more than RLIMIT_NOFILE descriptors in flight, over all sockets: then sendmsg(2)
// gives ETOOMANYREFS (unix(7)). That ends when a process receives some, and no event tells when.

const assert = require('node:assert');
const { on, once } = require('node:events');
const net = require('node:net');
const { NODE, scenario, listening, read, descriptors, settled } = require('../harness');
const limitDescriptors = require('../fixtures/limit_descriptors');
const unprivileged = require('../fixtures/unprivileged');

const skipBuiltin = NODE < 20 ? 'its workers cannot receive a server: the primary dies' : undefined;

/** How many descriptors the primary has for copies that have to wait. */
const ROOM = 100;

/** How many of them wait. */
const WAITING = 20;

/** How long the primary is observed, and how much CPU it may use in that time, both in ms. */
const LOOK = 500;
const IDLE = 50;

/** Sends a stopped worker more servers than may be in flight. @returns how many */
function crowd({ process: subprocess }, server, sent) {
  subprocess.kill('SIGSTOP');
  limitDescriptors(process.pid, ROOM);
  const count = descriptors() + ROOM + WAITING;
  for (let i = 0; i < count; i++) subprocess.send(i, server, sent);
  return count;
}

/** Fails if this process is busy: it only waits. */
async function idles() {
  const start = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, LOOK));
  const { user, system } = process.cpuUsage(start);
  assert.ok((user + system) / 1000 < IDLE, `${user + system} µs`);
}

async function listeningServer() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Tells the primary of each server that comes, and keeps none. */
function receive() {
  process.on('message', (message, server) => {
    server?.close();
    process.send([message, server instanceof net.Server]);
  });
}

scenario('while too many descriptors are in flight, handles wait in order and cost nothing', {
  ...unprivileged,
  skipBuiltin,
  timeout: 30_000,
  async primary(cluster) {
    // The other's socket has room all the time.
    const [worker, other] = [cluster.fork(), cluster.fork()];
    await Promise.all([once(worker, 'online'), once(other, 'online')]);
    const server = await listeningServer();
    const before = descriptors();
    const outcomes = [];
    const messages = on(worker, 'message');
    const next = async () => (await messages.next()).value[0];
    const count = crowd(worker, server, (error) => outcomes.push(error));
    worker.send('the last');
    const arrives = once(other, 'message');
    other.process.send('alone', server);

    await idles();
    assert.ok(outcomes.length < count, 'all have left');

    worker.process.kill('SIGCONT');
    for (let i = 0; i < count; i++) assert.deepStrictEqual(await next(), [i, true]);
    assert.deepStrictEqual(await next(), ['the last', false]);
    assert.deepStrictEqual((await arrives)[0], ['alone', true]);
    assert.ok(await settled(() => outcomes.length === count));
    assert.deepStrictEqual(new Set(outcomes), new Set([null]));
    assert.ok(await settled(() => descriptors() === before), `before: ${before}, after: ${descriptors()}`);
    server.close();
    worker.kill();
    other.kill();
  },
  worker: receive,
});

scenario('a worker that the primary disconnects meanwhile gets all of them', {
  ...unprivileged,
  skipBuiltin,
  timeout: 30_000,
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'online');
    const server = await listeningServer();
    const before = descriptors();
    const count = crowd(worker, server);
    worker.process.disconnect();
    const end = once(worker, 'exit');
    worker.process.kill('SIGCONT');
    const [code] = await end;
    assert.strictEqual(code, count);
    assert.ok(await settled(() => descriptors() < before));
    server.close();
  },
  worker() {
    let count = 0;
    process.on('message', (message, server) => {
      server?.close();
      count++;
    });
    process.on('exit', () => (process.exitCode = count));
  },
});

scenario('while too many descriptors are in flight, a connection waits at no cost, and its worker lives', {
  ...unprivileged,
  timeout: 30_000,
  skipBuiltin: 'it has no such setting',
  // Nothing but the descriptors is waited for.
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '0' },
  async primary(cluster) {
    const stopped = cluster.fork({ LISTENS: '' });
    await once(stopped, 'online');
    const { port, workers } = await listening(cluster, 1, { env: { LISTENS: 'yes' } });
    const server = await listeningServer();
    crowd(stopped, server, () => {});
    const answer = read(port);
    assert.ok(await settled(() => cluster.stats().accepted === 1));
    await idles();
    assert.strictEqual(cluster.stats().workers[workers[0].id].claimed, 0);
    stopped.process.kill('SIGCONT');
    assert.strictEqual(await answer, 'hello');
    server.close();
    for (const worker of [stopped, ...workers]) worker.kill();
  },
  worker() {
    if (process.env.LISTENS) net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    else receive();
  },
});

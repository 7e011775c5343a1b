'use strict';

/** `udp: 'flow'`: each worker has a socket of its own, and the kernel chooses one for each client. */

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const dgram = require('node:dgram');
const { once } = require('node:events');
const fs = require('node:fs');
const { setTimeout: delay } = require('node:timers/promises');
const { scenario, listening, settled, exited, descriptors } = require('../harness');
const limitDescriptors = require('../fixtures/limit_descriptors');

const skipBuiltin = 'its workers share one socket';
const flow = { RS_CLUSTER_UDP: 'flow' };

/** How many clients there are. */
const CLIENTS = 100;

/** How long the flows of a worker that has died wait for its successor, in ms (`group.rs`). */
const PATIENCE = 3000;

/** Answers with its id. `options` are those of the socket and of `bind()`. */
function answer(cluster, { type = 'udp4', ...options } = {}) {
  const socket = dgram.createSocket({ type, ...options });
  socket.on('message', (_, { port, address }) => socket.send(`${cluster.worker.id}`, port, address));
  return socket;
}

const server = (cluster) => answer(cluster).bind(Number(process.env.PORT ?? 0), '127.0.0.1');

/** A client sends from one port. */
class Client {
  constructor(port, host = '127.0.0.1') {
    this.socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.send = () => this.socket.send('who?', port, host);
  }

  /** @returns {Promise<string>} the id of the worker that answers. A question that is lost is asked again */
  async ask() {
    const heard = once(this.socket, 'message');
    this.send();
    const again = setInterval(this.send, 1000);
    const [id] = await heard;
    clearInterval(again);
    return String(id);
  }
}

class Clients {
  constructor(port, { host, count = CLIENTS } = {}) {
    this.all = Array.from({ length: count }, () => new Client(port, host));
  }

  /** @returns {Promise<string[]>} who answers each of them */
  ask() {
    return Promise.all(this.all.map((client) => client.ask()));
  }

  close() {
    for (const { socket } of this.all) socket.close();
  }
}

/** How many of `ids` there are of each. */
function tally(ids) {
  const counts = {};
  for (const id of ids) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

/** The inodes of a worker's sockets that are bound to this UDP port. */
function socketsOn(port, { process: { pid } }) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = ['udp', 'udp6'].flatMap((table) =>
    fs
      .readFileSync(`/proc/net/${table}`, 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((cells) => cells[1]?.endsWith(`:${hex}`))
      .map((cells) => cells[9]),
  );
  return fs
    .readdirSync(`/proc/${pid}/fd`)
    .map((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`))
    .map((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1])
    .filter((inode) => inodes.includes(inode));
}

/** All workers end, and so does the primary. */
function end(workers) {
  for (const worker of workers) worker.process.kill('SIGKILL');
}

/** A worker that listens beside others. It asks for port 0 as they do, so it has their port. */
async function another(cluster) {
  const worker = cluster.fork();
  await once(worker, 'listening');
  return worker;
}

for (const [name, expected, env] of [
  ['by default the workers share one socket', 1, {}],
  ["with udp: 'shared' the workers share one socket", 1, { UDP: 'shared' }],
  ["with udp: 'flow' each worker has a socket of its own", 3, { UDP: 'flow' }],
]) {
  scenario(name, {
    env,
    skipBuiltin: expected > 1 && skipBuiltin,
    async primary(cluster) {
      cluster.setupPrimary({ udp: process.env.UDP });
      const { port, workers } = await listening(cluster, 3);
      const sockets = workers.map((worker) => socketsOn(port, worker));
      assert.ok(sockets.every((each) => each.length === 1));
      assert.strictEqual(new Set(sockets.flat()).size, expected);
      end(workers);
    },
    worker: server,
  });
}

for (const [name, { host, ...options }] of [
  ['IPv4', { host: '127.0.0.1' }],
  ['IPv6 only', { host: '::1', type: 'udp6', ipv6Only: true }],
  ['IPv4, of sockets for both', { host: '127.0.0.1', type: 'udp6' }],
  ['sockets with reuseAddr', { host: '127.0.0.1', reuseAddr: true }],
]) {
  scenario(`a client stays with its worker, and clients are spread: ${name}`, {
    env: { ...flow, OPTIONS: JSON.stringify(options) },
    skipBuiltin,
    async primary(cluster) {
      const { port, workers } = await listening(cluster, 4);
      const clients = new Clients(port, { host });
      const ids = await clients.ask();
      const counts = tally(ids);
      // A fair share is 25. It is less than 6 about once in a million runs.
      for (const { id } of workers) assert.ok(counts[id] >= 6, JSON.stringify(counts));
      for (let round = 0; round < 5; round++) assert.deepStrictEqual(await clients.ask(), ids);
      clients.close();
      end(workers);
    },
    worker: (cluster) => answer(cluster, JSON.parse(process.env.OPTIONS)).bind(0),
  });
}

scenario('what waits for a worker that dies goes to its replacement, and no flow moves', {
  env: flow,
  skipBuiltin,
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 4);
    const clients = new Clients(port);
    const before = await clients.ask();
    const [dead] = workers;
    dead.process.kill('SIGSTOP');
    const waiting = clients.all.filter((_, index) => before[index] === `${dead.id}`);
    assert.ok(waiting.length > 1);
    const answers = Promise.all(waiting.map(({ socket }) => once(socket, 'message')));
    const [last, ...first] = waiting;
    for (const client of first) client.send();
    dead.process.kill('SIGKILL');
    await exited(dead);
    last.send();
    const replacement = await another(cluster);
    for (const [id] of await answers) assert.strictEqual(String(id), `${replacement.id}`);
    const expected = before.map((id) => (id === `${dead.id}` ? `${replacement.id}` : id));
    assert.deepStrictEqual(await clients.ask(), expected);
    clients.close();
    end([...workers, replacement]);
  },
  worker: server,
});

for (const [name, how, isGone] of [
  ['dies', (worker) => worker.process.kill('SIGKILL'), (worker) => once(worker, 'exit')],
  ['disconnects', (worker) => worker.disconnect(), (worker) => once(worker, 'disconnect')],
  ['closes its socket', (worker) => worker.send('close'), (worker) => once(worker, 'message')],
]) {
  scenario(`if a worker ${name} and has no successor, others get its flows, and no other flow moves`, {
    env: flow,
    skipBuiltin,
    async primary(cluster) {
      const { port, workers } = await listening(cluster, 4);
      const clients = new Clients(port);
      const before = await clients.ask();
      const [gone, ...others] = workers;
      const done = isGone(gone);
      how(gone);
      await done;
      // If it has died, its flows wait for a successor. Otherwise they go to others as soon as the reactor knows.
      const start = Date.now();
      if (name === 'dies') await delay(PATIENCE + 500);
      const between = await clients.ask();
      if (name !== 'dies') assert.ok(Date.now() - start < PATIENCE);
      const heirs = new Set();
      for (const [index, id] of before.entries()) {
        if (id === `${gone.id}`) heirs.add(between[index]);
        else assert.strictEqual(between[index], id);
      }
      assert.ok(heirs.size > 1 && !heirs.has(`${gone.id}`), [...heirs].join());
      // They return. A fifth worker takes its part from each of the others.
      const successor = await another(cluster);
      const expected = before.map((id) => (id === `${gone.id}` ? `${successor.id}` : id));
      assert.deepStrictEqual(await clients.ask(), expected);
      const fifth = await another(cluster);
      for (const [index, id] of (await clients.ask()).entries()) {
        assert.ok(id === expected[index] || id === `${fifth.id}`);
      }
      clients.close();
      end([gone, ...others, successor, fifth]);
    },
    worker(cluster) {
      const socket = server(cluster);
      process.on('message', () => socket.close(() => process.send('closed')));
    },
  });
}

scenario('old datagrams are not answered', {
  env: flow,
  skipBuiltin,
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    const clients = new Clients(port);
    const before = await clients.ask();
    const [gone, other] = workers;
    gone.process.kill('SIGKILL');
    await exited(gone);
    let answers = 0;
    for (const [index, client] of clients.all.entries()) {
      client.socket.on('message', () => answers++);
      if (before[index] === `${gone.id}`) client.send();
    }
    await delay(2 * PATIENCE + 500);
    const successor = await another(cluster);
    assert.strictEqual(answers, 0);
    await clients.ask();
    assert.strictEqual(answers, CLIENTS);
    clients.close();
    end([other, successor]);
  },
  worker: server,
});

scenario('the last server that closes frees the port, and no descriptor remains', {
  env: flow,
  async primary(cluster) {
    let port = 0;
    let before;
    for (let round = 0; round < 4; round++) {
      const { port: same, workers } = await listening(cluster, 3, { env: { PORT: port } });
      assert.ok(round === 0 || same === port);
      port = same;
      for (const worker of workers) {
        worker.send('close');
        await once(worker, 'message');
      }
      // In the same tick: it is free when the primary hears of it.
      const own = dgram.createSocket('udp4').bind(port, '127.0.0.1');
      await once(own, 'listening');
      own.close();
      for (const worker of workers) worker.disconnect();
      await Promise.all(workers.map(exited));
      // The first round loads what every later one needs.
      before ??= descriptors();
      assert.ok(await settled(() => descriptors() <= before), `${descriptors()} of ${before}`);
    }
  },
  worker(cluster) {
    const socket = server(cluster);
    process.on('message', () => socket.close(() => process.send('closed')));
  },
});

scenario('an address that is in use is an error', {
  env: flow,
  async primary(cluster) {
    const own = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(own, 'listening');
    const worker = cluster.fork({ PORT: own.address().port });
    assert.deepStrictEqual((await once(worker, 'message'))[0], ['EADDRINUSE', 'bind']);
    own.close();
    worker.disconnect();
  },
  worker: (cluster) => server(cluster).on('error', ({ code, syscall }) => process.send([code, syscall])),
});

scenario('a descriptor of the primary is shared', {
  env: flow,
  async primary(cluster) {
    const { UDP } = process.binding('udp_wrap');
    const handle = new UDP();
    assert.strictEqual(handle.bind('127.0.0.1', 0, 0), 0);
    const { port, workers } = await listening(cluster, 2, { env: { DESCRIPTOR: handle.fd } });
    const [first, second] = workers.map((worker) => socketsOn(port, worker));
    assert.deepStrictEqual([first.length, first], [1, second]);
    handle.close();
    end(workers);
  },
  worker: (cluster) => answer(cluster).bind({ fd: Number(process.env.DESCRIPTOR) }),
});

scenario('without a descriptor for another socket, a worker shares that of another', {
  env: flow,
  skipBuiltin,
  async primary(cluster) {
    const worker = cluster.fork({ WAITS: '1' });
    await once(worker, 'message');
    const { port, workers } = await listening(cluster, 2);
    limitDescriptors(process.pid, 0);
    worker.send('listen');
    await once(worker, 'listening');
    worker.send('raise the limit');
    await once(worker, 'message');
    const own = socketsOn(port, worker);
    assert.strictEqual(own.length, 1);
    assert.ok(workers.some((other) => socketsOn(port, other)[0] === own[0]));
    const clients = new Clients(port);
    const answered = new Set(await clients.ask());
    assert.ok(answered.size >= 2);
    clients.close();
    end([worker, ...workers]);
  },
  worker(cluster) {
    if (process.env.WAITS === undefined) {
      server(cluster);
      return;
    }
    process.on('message', (what) => {
      if (what === 'listen') {
        server(cluster);
        return;
      }
      execFileSync('prlimit', [`--pid=${process.ppid}`, '--nofile=1024:']);
      process.send('raised');
    });
    process.send('ready');
  },
});

scenario('a value of udp that there is not is refused by the first fork', {
  skipBuiltin: 'it has no such setting',
  primary(cluster) {
    const says = (pattern) => ({ code: 'ERR_INVALID_ARG_VALUE', name: 'TypeError', message: pattern });
    for (const udp of ['', 'Flow', 'flows', 1, true, [], ['flow'], {}, Symbol('s')]) {
      cluster.setupPrimary({ udp });
      assert.throws(
        () => cluster.fork(),
        says(/^The argument 'udp' must be one of: 'shared', 'flow'\. Received (?!.*environment)/),
      );
    }
    cluster.setupPrimary({ udp: undefined });
    process.env.RS_CLUSTER_UDP = 'reuse';
    const from = /Received 'reuse' from the environment variable RS_CLUSTER_UDP$/;
    assert.throws(() => cluster.fork(), says(from));
    assert.deepStrictEqual(Object.keys(cluster.workers), []);
  },
  worker() {},
});

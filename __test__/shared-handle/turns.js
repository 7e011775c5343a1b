'use strict';

/** With SCHED_NONE the workers accept by themselves: one connection a turn, and the next turn is another worker's. */

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const {
  scenario,
  listening,
  read,
  settled,
  freePort,
  temporaryPath,
  descriptors,
  exited,
} = require('../harness');
const limitDescriptors = require('../fixtures/limit_descriptors');

const env = { NODE_CLUSTER_SCHED_POLICY: 'none' };
const skipBuiltin = 'it wakes all its workers, and the first one takes all that waits';

/** Answers with its id. */
const server = (cluster) => net.createServer((socket) => socket.end(`${cluster.worker.id}`));

/** How many of `ids` there are of each. */
function tally(ids) {
  const counts = {};
  for (const id of ids) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

/** The worker is waiting in its poll for events, as far as the kernel knows. */
async function asleep({ process: { pid } }) {
  const { readFileSync } = require('node:fs');
  await settled(() => readFileSync(`/proc/${pid}/wchan`, 'latin1').includes('epoll'));
}

/** Connects `count` times, each time when all workers sleep. @returns {Promise<string[]>} who answered */
async function oneByOne(place, count, workers) {
  const ids = [];
  for (let i = 0; i < count; i++) {
    ids.push(await read(place));
    for (const worker of workers) await asleep(worker);
  }
  return ids;
}

for (const [name, place] of [
  ['a port', async () => 0],
  ['a path', async () => temporaryPath('socket')],
]) {
  scenario(`workers on ${name} take turns, and all their connections are counted`, {
    env: { ...env, PLACE: String(name === 'a path' && temporaryPath('s')) },
    skipBuiltin,
    async primary(cluster) {
      const where = await place();
      const { port, address, workers } = await listening(cluster, 4, { env: { WHERE: String(where) } });
      const target = where === 0 ? port : address.address;
      // At the first one libuv's own entry is still there, and all are woken.
      await read(target);
      const ids = await oneByOne(target, 40, workers);
      const counts = tally(ids);
      for (const { id } of workers) assert.ok(counts[id] >= 8 && counts[id] <= 12, JSON.stringify(counts));
      const stats = cluster.stats();
      assert.strictEqual(stats.accepted, 41);
      const claimed = workers.map(({ id }) => stats.workers[id].claimed);
      assert.strictEqual(
        claimed.reduce((sum, each) => sum + each),
        41,
      );
      for (const { id } of workers) assert.ok(stats.workers[id].claimed - counts[id] <= 1);
      assert.ok(await settled(() => Object.values(cluster.stats().workers).every(({ open }) => open === 0)));
      // Counters never fall.
      workers[0].process.kill('SIGKILL');
      await exited(workers[0]);
      assert.strictEqual(cluster.stats().accepted, 41);
      cluster.disconnect();
    },
    worker: (cluster) => server(cluster).listen(Number(process.env.WHERE) || process.env.WHERE),
  });
}

scenario('what a worker does not take when it is woken, the primary deals to others', {
  env: { ...env, RS_CLUSTER_CLAIM_TIMEOUT: '5' },
  skipBuiltin,
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    const [first, second] = workers;
    let isWoken = false;
    first.once('message', () => (isWoken = true));
    // On a busy machine the primary may be faster than the worker that was woken.
    const early = [];
    const isBlocked = () => isWoken || (early.push(read(port)), false);
    assert.ok(await settled(isBlocked));
    const ids = await Promise.all(Array.from({ length: 20 }, () => read(port)));
    assert.deepStrictEqual(tally(ids), { [second.id]: 20 });
    await Promise.all(early);
    const { accepted, queued } = cluster.stats();
    assert.deepStrictEqual([accepted, queued], [ids.length + early.length, 0]);
    for (const worker of workers) worker.process.kill('SIGKILL');
  },
  worker(cluster) {
    const { Acceptor } = require('../../lib/binding').load();
    if (cluster.worker.id === 1) {
      // It is woken, but something else takes its time first.
      Acceptor.prototype.accept = () => {
        process.send('woken');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      };
    } else {
      // It is never woken.
      Acceptor.prototype.watch = () => {};
    }
    server(cluster).listen(0, '127.0.0.1');
  },
});

scenario('no connection waits for a worker that is stopped', {
  env: { ...env, RS_CLUSTER_CLAIM_TIMEOUT: '5' },
  skipBuiltin,
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    const [stopped, other] = workers;
    stopped.process.kill('SIGSTOP');
    for (let i = 0; i < 30; i++) {
      assert.deepStrictEqual(await Promise.all([read(port), read(port)]), [`${other.id}`, `${other.id}`]);
    }
    stopped.process.kill('SIGCONT');
    assert.ok(await settled(async () => (await read(port)) === `${stopped.id}`));
    for (const worker of workers) worker.kill();
  },
  worker: (cluster) => server(cluster).listen(0, '127.0.0.1'),
});

scenario('a full server leaves its connections to others, and has its turns again when it has room', {
  env,
  skipBuiltin: 'it closes the connections for which there is no room',
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    const ask = async () => {
      const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
      const [id] = await once(socket, 'data');
      return { id, socket };
    };
    const held = [];
    const ofFirst = () => held.filter(({ id }) => id === `${workers[0].id}`);
    while (ofFirst().length < 2) held.push(await ask());
    const before = held.length;
    while (held.length < before + 5) held.push(await ask());
    assert.strictEqual(ofFirst().length, 2);
    // While both are full, nothing is closed.
    workers[1].send(held.length - 2);
    await once(workers[1], 'message');
    const waiting = ask();
    const [{ socket }] = ofFirst();
    socket.destroy();
    const { id, socket: last } = await waiting;
    assert.strictEqual(id, `${workers[0].id}`);
    last.destroy();
    for (const { socket } of held) socket.destroy();
    for (const worker of workers) worker.kill();
  },
  worker(cluster) {
    const { id } = cluster.worker;
    const sockets = net.createServer((socket) => socket.on('error', () => {}).write(`${id}`));
    if (id === 1) sockets.maxConnections = 2;
    sockets.listen(0, '127.0.0.1');
    process.on('message', (most) => {
      sockets.maxConnections = most;
      process.send('set');
    });
  },
});

scenario('what a worker has no descriptor for, another one takes', {
  env,
  skipBuiltin: 'it closes them',
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    const [poor, rich] = workers;
    limitDescriptors(poor.process.pid, 3);
    const sockets = [];
    const ask = async () => {
      const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
      sockets.push(socket);
      const [id] = await once(socket, 'data');
      return id;
    };
    const counts = tally(await Promise.all(Array.from({ length: 20 }, ask)));
    assert.ok((counts[poor.id] ?? 0) <= 3, JSON.stringify(counts));
    assert.ok(counts[rich.id] >= 17, JSON.stringify(counts));
    for (const socket of sockets) socket.destroy();
    while ((await ask()) !== `${poor.id}`);
    for (const socket of sockets) socket.destroy();
    for (const worker of workers) worker.kill();
  },
  worker(cluster) {
    net
      .createServer((socket) => socket.on('error', () => {}).write(`${cluster.worker.id}`))
      .listen(0, '127.0.0.1');
  },
});

scenario('a server that closes frees its port, and no descriptor remains', {
  env,
  async primary(cluster) {
    const port = await freePort('127.0.0.1');
    const worker = cluster.fork({ PORT: port });
    const [before] = await once(worker, 'message');
    for (let round = 0; round < 5; round++) {
      worker.send('listen');
      await once(worker, 'listening');
      assert.strictEqual(await read(port), '1');
      worker.send('close');
      await once(worker, 'message');
      const own = net.createServer().listen(port, '127.0.0.1');
      await once(own, 'listening');
      own.close();
      await once(own, 'close');
    }
    assert.ok(await settled(() => descriptors(worker.process.pid) <= before));
    worker.disconnect();
  },
  worker(cluster) {
    let open;
    process.on('message', (what) => {
      if (what === 'listen') open = server(cluster).listen(process.env.PORT, '127.0.0.1');
      else open.close(() => process.send('closed'));
    });
    // The first server loads what every later one needs.
    const first = server(cluster).listen(0, '127.0.0.1', () => {
      first.close(() => process.send(descriptors()));
    });
  },
});

scenario('a worker can send a server that listens to the primary', {
  env,
  async primary(cluster) {
    const worker = cluster.fork();
    const [message, handle] = await once(worker, 'message');
    assert.strictEqual(message, 'here');
    assert.ok(handle instanceof net.Server);
    const asked = once(handle, 'connection');
    worker.kill();
    await exited(worker);
    const { port } = handle.address();
    const answer = read(port);
    const [socket] = await asked;
    socket.end('from the primary');
    assert.strictEqual(await answer, 'from the primary');
    handle.close();
  },
  worker(cluster) {
    const own = server(cluster).listen(0, '127.0.0.1', () => process.send('here', own));
  },
});

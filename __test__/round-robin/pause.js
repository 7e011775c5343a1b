'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, settled, exited, read } = require('../harness');

const skipBuiltin = 'its Worker has no such function';

/** Tells each client the id of its worker. */
const server = (cluster) =>
  net.createServer((socket) => socket.end(`${cluster.worker.id}`)).listen(0, '127.0.0.1');

/** Who answers so many clients, one after the other. */
async function answers(port, count) {
  const ids = [];
  for (let i = 0; i < count; i++) ids.push(await read(port));
  return ids.sort().join('');
}

scenario('a paused worker is offered no new connection until it is resumed', {
  skipBuiltin,
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 3);
    assert.strictEqual(await answers(port, 6), '112233');
    assert.strictEqual(workers[0].pause(), undefined);
    workers[0].pause();
    assert.strictEqual(await answers(port, 6), '222333');
    workers[1].pause();
    assert.strictEqual(await answers(port, 3), '333');
    assert.strictEqual(workers[0].resume(), undefined);
    workers[0].resume();
    const seen = new Set();
    while (seen.size < 2) seen.add(await read(port));
    assert.deepStrictEqual([...seen].sort(), ['1', '3']);
    cluster.disconnect();
  },
  worker: server,
});

scenario('connections are queued if all workers are paused, and dealt when one is resumed', {
  skipBuiltin,
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    for (const worker of workers) worker.pause();
    const texts = Array.from({ length: 5 }, () => read(port));
    assert.ok(await settled(() => cluster.stats().queued === 5));
    workers[1].resume();
    assert.deepStrictEqual(await Promise.all(texts), ['2', '2', '2', '2', '2']);
    assert.strictEqual(cluster.stats().workers[1].offered, 0);
    cluster.disconnect();
  },
  worker: server,
});

scenario('a paused worker keeps its connections', {
  skipBuiltin,
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 1);
    const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
    socket.write('before');
    assert.deepStrictEqual(await once(socket, 'data'), ['before']);
    workers[0].pause();
    socket.write('after');
    assert.deepStrictEqual(await once(socket, 'data'), ['after']);
    socket.end();
    await once(socket, 'close');
    cluster.disconnect();
  },
  worker: () => net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1'),
});

scenario('a worker that is paused before it listens is paused on each port', {
  skipBuiltin,
  async primary(cluster) {
    const worker = cluster.fork();
    worker.pause();
    const [first] = await once(worker, 'listening');
    const early = read(first.port);
    const again = once(worker, 'listening');
    worker.send('one more');
    const [second] = await again;
    const late = read(second.port);
    assert.ok(await settled(() => cluster.stats().queued === 2));
    worker.resume();
    assert.deepStrictEqual(await Promise.all([early, late]), ['1', '1']);
    cluster.disconnect();
  },
  worker(cluster) {
    server(cluster);
    process.once('message', () => server(cluster));
  },
});

scenario('a paused worker can be drained, and to pause or resume one that is gone has no effect', {
  skipBuiltin,
  async primary(cluster) {
    const { workers } = await listening(cluster, 2);
    for (const name of ['pause', 'resume']) {
      assert.ok(!Object.hasOwn(cluster.Worker.prototype, name), "own members are those of Node's");
    }
    workers[0].pause();
    assert.deepStrictEqual(await workers[0].drain(), { killed: false });
    workers[1].process.kill('SIGKILL');
    await exited(workers[1]);
    for (const worker of workers) {
      worker.pause();
      worker.resume();
    }
  },
  worker(cluster) {
    assert.strictEqual(cluster.worker.pause, undefined);
    assert.strictEqual(cluster.worker.resume, undefined);
    server(cluster);
  },
});

scenario('pause() has no effect with SCHED_NONE', {
  skipBuiltin,
  env: { NODE_CLUSTER_SCHED_POLICY: 'none' },
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 1);
    workers[0].pause();
    assert.strictEqual(await read(port), '1');
    cluster.disconnect();
  },
  worker: server,
});

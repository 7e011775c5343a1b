'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { scenario, listening, settled, exited, read } = require('../harness');

/** The properties of an interface in `index.d.ts`, in their order. */
function declared(name) {
  const types = fs.readFileSync(path.join(__dirname, '../../index.d.ts'), 'utf8');
  const [, body] = new RegExp(`interface ${name} \\{(.*?)\\n  \\}`, 's').exec(types);
  return [...body.matchAll(/^ {4}(\w+): /gm)].map(([, property]) => property);
}

/** The rows of the table of figures in `docs/operating.md`; `prefix` is that of one worker's. */
function documented(prefix) {
  const page = fs.readFileSync(path.join(__dirname, '../../docs/operating.md'), 'utf8');
  const [, table] = /^\| figure \|.*\n\|.*\n((?:\|.*\n)*)/m.exec(page);
  const figures = [...table.matchAll(/^\| `(.*?)(\w+)` \|/gm)];
  return figures.filter(([, of]) => of === prefix).map(([, , figure]) => figure);
}

/** The figures of a worker in the README's example. */
function shown() {
  const page = fs.readFileSync(path.join(__dirname, '../../README.md'), 'utf8');
  const [, example] = /^ +1: \{ (offered.*?) \}/m.exec(page);
  return example.split(', ').map((figure) => figure.split(':')[0]);
}

/** The figures that only grow. */
const COUNTERS = new Set(['offered', 'claimed', 'refused', 'revoked', 'redispatched']);

/** Each connection that was offered is claimed, refused or revoked once, or it is in flight. */
function isBalanced({ offered, claimed, refused, revoked, inFlight }) {
  return claimed + refused + revoked + inFlight === offered;
}

scenario('each figure of stats() is in index.d.ts, in docs/operating.md and in the README', {
  skipBuiltin: 'it has no such function',
  async primary(cluster) {
    await listening(cluster, 1);
    const { workers, ...totals } = cluster.stats();
    assert.deepStrictEqual(Object.keys(workers), ['1']);
    const [ofWorker, ofAll] = [Object.keys(workers[1]), Object.keys(totals)];
    assert.deepStrictEqual(declared('WorkerStats'), ofWorker, 'index.d.ts, WorkerStats');
    assert.deepStrictEqual(declared('Stats'), [...ofAll, 'workers'], 'index.d.ts, Stats');
    const rows = documented('workers[id].').sort();
    assert.deepStrictEqual(rows, ofWorker.sort(), 'docs/operating.md, the figures of a worker');
    assert.deepStrictEqual(documented('').sort(), ofAll.sort(), 'docs/operating.md, the figures of all');
    assert.deepStrictEqual(shown().sort(), ofWorker.sort(), 'README.md, the example');
    cluster.disconnect();
  },
  worker: () => net.createServer().listen(0, '127.0.0.1'),
});

scenario('every connection is counted once, at whatever moment stats() is called', {
  skipBuiltin: 'it has no such function',
  async primary(cluster) {
    const { port } = await listening(cluster, 3);
    let [before, moments, done] = [cluster.stats(), 0, false];
    const look = () => {
      const now = cluster.stats();
      assert.ok(now.accepted >= before.accepted);
      for (const [id, figures] of Object.entries(now.workers)) {
        assert.ok(isBalanced(figures), JSON.stringify(figures));
        // They only grow, claims that the reactor had not seen yet included.
        for (const name of Object.keys(figures).filter((each) => COUNTERS.has(each))) {
          assert.ok(figures[name] >= before.workers[id][name], `${name} ${JSON.stringify(now)}`);
        }
      }
      before = now;
      moments++;
      if (!done) setImmediate(look);
    };
    look();
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 50 }, () => read(port)));
      // A client that has its answer is counted.
      const claimed = Object.values(cluster.stats().workers).map((worker) => worker.claimed);
      assert.strictEqual(
        claimed.reduce((sum, count) => sum + count),
        50 * (round + 1),
      );
    }
    done = true;
    assert.ok(moments > 20, `${moments}`);
    cluster.disconnect();
  },
  worker(cluster) {
    const server = net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    if (cluster.worker.id === 1) server.maxConnections = 2;
  },
});

scenario('stats() counts what was accepted, offered, claimed, and is open', {
  skipBuiltin: 'it has no such function',
  async primary(cluster) {
    assert.deepStrictEqual(cluster.stats(), { accepted: 0, queued: 0, workers: {} });
    assert.ok(!Object.hasOwn(cluster, 'stats'), "own members are Node's");
    const { port, workers } = await listening(cluster, 2);
    const sockets = [];
    for (let i = 0; i < 4; i++) {
      const socket = net.connect(port, '127.0.0.1');
      sockets.push(socket);
      await once(socket, 'data');
    }
    const { accepted, queued, workers: figures } = cluster.stats();
    assert.deepStrictEqual([accepted, queued], [4, 0]);
    for (const { offered, claimed, inFlight, open } of [figures[1], figures[2]]) {
      assert.deepStrictEqual([offered, claimed, inFlight, open], [2, 2, 0, 2]);
    }

    for (const socket of sockets) socket.end();
    const open = () => Object.values(cluster.stats().workers).map((worker) => worker.open);
    assert.ok(await settled(() => open().every((count) => count === 0)));
    cluster.disconnect();
    await Promise.all(workers.map(exited));
    assert.ok(await settled(() => Object.keys(cluster.stats().workers).length === 0));
    assert.strictEqual(cluster.stats().accepted, 4);
  },
  worker: () => net.createServer((socket) => socket.write('hello')).listen(0, '127.0.0.1'),
});

scenario('stats() counts what a full server refused, and which worker was offered it then', {
  skipBuiltin: 'it has no such function',
  async primary(cluster) {
    const { port } = await listening(cluster, 2);
    const sockets = [];
    for (let i = 0; i < 4; i++) {
      const socket = net.connect(port, '127.0.0.1');
      sockets.push(socket);
      await once(socket, 'data');
    }
    const { 1: full, 2: other } = cluster.stats().workers;
    assert.deepStrictEqual([full.open, other.open], [1, 3]);
    assert.ok(full.refused >= 1);
    assert.strictEqual(other.redispatched, full.refused);
    for (const socket of sockets) socket.destroy();
    cluster.disconnect();
  },
  worker(cluster) {
    const server = net.createServer((socket) => socket.write('hello')).listen(0, '127.0.0.1');
    if (cluster.worker.id === 1) server.maxConnections = 1;
  },
});

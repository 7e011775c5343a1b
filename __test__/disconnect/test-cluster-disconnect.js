'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

const WORKERS = 8;

async function echo(port, text) {
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
  socket.write(text);
  const [answer] = await once(socket, 'data');
  socket.end();
  assert.strictEqual(answer, text);
}

async function round(cluster) {
  const ports = [];
  const onlistening = (worker, { address, port }) => {
    assert.strictEqual(address, '127.0.0.1');
    ports.push(port);
    if (ports.length === 2 * WORKERS) cluster.emit('all listen');
  };
  cluster.on('listening', onlistening);
  const workers = Array.from({ length: WORKERS }, () => cluster.fork());
  await once(cluster, 'all listen');
  cluster.off('listening', onlistening);

  const distinct = [...new Set(ports)];
  assert.strictEqual(distinct.length, 2);
  for (const port of distinct) {
    assert.strictEqual(ports.filter((each) => each === port).length, WORKERS);
    await Promise.all(Array.from({ length: WORKERS }, (_, i) => echo(port, `hello ${i}`)));
  }

  const ends = workers.map(exited);
  await new Promise((resolve) => cluster.disconnect(resolve));
  assert.deepStrictEqual(Object.keys(cluster.workers), []);
  const dead = workers.filter((worker) => worker.isDead()).length;
  for (const end of await Promise.all(ends)) assert.deepStrictEqual(end, [0, null]);
  return dead;
}

function worker() {
  for (let i = 0; i < 2; i++) net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
}

scenario('eight workers share two ports and are disconnected, twice over', {
  async primary(cluster) {
    await round(cluster);
    await round(cluster);
  },
  worker,
});

scenario('the callback of cluster.disconnect() runs when all workers are gone', {
  skipBuiltin: 'its callback runs when the first of them is gone',
  async primary(cluster) {
    assert.strictEqual(await round(cluster), WORKERS);
  },
  worker,
});

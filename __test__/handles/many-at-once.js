'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited, descriptors, settled } = require('../harness');

const COUNT = 200;

/** `COUNT` connected pairs of sockets. @returns {Promise<{ near: net.Socket[], far: net.Socket[] }>} */
async function pairs() {
  const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = [];
  const far = [];
  for (let i = 0; i < COUNT; i++) {
    far.push(net.connect(server.address().port, '127.0.0.1'));
    near.push((await once(server, 'connection'))[0]);
  }
  server.close();
  return { near, far };
}

const closed = (sockets) =>
  Promise.all(
    sockets.map((socket) => socket.destroyed || once(socket.on('error', () => {}).resume(), 'close')),
  );

scenario('two hundred sockets sent in one tick arrive, each with its message', {
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'message');
    const before = descriptors();
    const { near, far } = await pairs();
    let callbacks = 0;
    const answers = far.map((socket) => once(socket.setEncoding('utf8'), 'data'));
    near.forEach((socket, i) => worker.send(i, socket, (error) => (callbacks += error === null)));
    const texts = (await Promise.all(answers)).map(([text]) => text);
    assert.deepStrictEqual(
      texts,
      near.map((_, i) => `socket ${i}`),
    );
    await closed(far);
    assert.strictEqual(callbacks, COUNT);
    assert.ok(await settled(() => descriptors() <= before), `${before} before, ${descriptors()} after`);
    worker.kill();
  },
  worker() {
    process.on('message', (number, socket) => socket.end(`socket ${number}`));
    process.send('ready');
  },
});

scenario('a receiver that dies in the middle: each callback is called once, no descriptor stays', {
  skipBuiltin: 'it never calls back for handles that wait for an acknowledgement',
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'message');
    const before = descriptors();
    const { near, far } = await pairs();
    const calls = new Array(COUNT).fill(0);
    worker.on('error', () => {});
    near.forEach((socket, i) => worker.send(i, socket, () => calls[i]++));
    assert.deepStrictEqual(await exited(worker), [3, null]);
    await closed(far);
    assert.ok(await settled(() => calls.every((count) => count === 1)), `${calls}`);
    assert.ok(await settled(() => descriptors() <= before), `${before} before, ${descriptors()} after`);
  },
  worker() {
    process.on('message', (number) => number === 5 && process.exit(3));
    process.send('ready');
  },
});

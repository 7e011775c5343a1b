'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, read, exited } = require('../harness');

const serve = (cluster) => {
  const server = net.createServer((socket) => socket.end(`${cluster.worker.id}`)).listen(0, '127.0.0.1');
  process.on('message', (message) => {
    if (message === 'exit') process.exit(7);
    if (message === 'close') server.close();
    if (message === 'disconnect') process.disconnect();
    if (message === 'leave') cluster.worker.disconnect();
  });
};

const WAYS = {
  'is killed': [(worker) => worker.process.kill('SIGKILL'), [null, 'SIGKILL']],
  exits: [(worker) => worker.send('exit'), [7, null]],
  'is disconnected by the primary': [(worker) => worker.disconnect(), [0, null]],
  'leaves by cluster.worker.disconnect()': [(worker) => worker.send('leave'), [0, null]],
  'leaves by process.disconnect()': [(worker) => worker.send('disconnect'), [0, null]],
};

for (const [name, [leave, end]] of Object.entries(WAYS)) {
  scenario(`when a worker ${name}, the others answer`, {
    async primary(cluster) {
      const { port, workers } = await listening(cluster, 3);
      const [first, ...others] = workers;
      const gone = exited(first);
      leave(first);
      assert.deepStrictEqual(await gone, end);
      const ids = new Set();
      for (let i = 0; i < 20; i++) ids.add(await read(port));
      assert.deepStrictEqual([...ids].sort(), ['2', '3']);
      others.forEach((worker) => worker.kill());
    },
    worker: serve,
  });
}

scenario('when the last server of a port closes, the port is free', {
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    for (const worker of workers) {
      assert.ok(await read(port));
      worker.send('exit');
      await exited(worker);
    }
    await assert.rejects(read(port), { code: 'ECONNREFUSED' });
    const server = net.createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  },
  worker: serve,
});

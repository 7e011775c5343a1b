'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { NODE, scenario, exited, temporaryPath } = require('../harness');

/** Forks a worker for each limit, connects ten clients. @returns how many each worker has got */
async function share(cluster, limits) {
  const path = temporaryPath('drop');
  const workers = limits.map((limit) => cluster.fork({ LIMIT: limit, SOCKET: path }));
  for (let left = workers.length; left > 0; left--) await once(cluster, 'listening');

  const counts = limits.map(() => 0);
  const clients = [];
  for (let i = 0; i < 10; i++) {
    const client = net.connect(path);
    clients.push(client);
    const [id] = await once(client.setEncoding('utf8'), 'data');
    counts[workers.findIndex((worker) => worker.id === Number(id))]++;
  }
  for (const client of clients) client.destroy();
  for (const worker of workers) worker.send('leave');
  for (const worker of workers) assert.deepStrictEqual(await exited(worker), [0, null]);
  return counts;
}

function worker(cluster) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.write(`${cluster.worker.id}`);
  });
  server.maxConnections = Number(process.env.LIMIT);
  server.listen(process.env.SOCKET);
  process.once('message', () => process.disconnect());
}

scenario('what a full worker refuses, another gets', {
  async primary(cluster) {
    assert.deepStrictEqual(await share(cluster, [1, 9]), [1, 9]);
  },
  worker,
});

scenario('a worker with maxConnections 0 gets nothing', {
  skip: NODE < 22 && 'maxConnections = 0 means no limit',
  async primary(cluster) {
    assert.deepStrictEqual(await share(cluster, [0, 1, 9]), [0, 1, 9]);
  },
  worker,
});

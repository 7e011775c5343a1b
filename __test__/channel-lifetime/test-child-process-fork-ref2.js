'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

async function leaves(cluster, code) {
  const worker = cluster.fork();
  worker.on('message', (message) => assert.fail(`${message} was not to be sent`));
  const disconnected = once(worker, 'disconnect');
  assert.deepStrictEqual(await exited(worker), [code, null]);
  await disconnected;
}

function listen() {
  process.on('message', () => {});
  process.on('disconnect', () => {});
  process.removeAllListeners('message');
  process.on('message', () => {});
}

scenario('listeners that come after process.disconnect() do not hold a worker', {
  primary: (cluster) => leaves(cluster, 0),
  worker() {
    process.disconnect();
    listen();
  },
});

scenario('listeners that come after a worker has left the cluster do not hold it', {
  primary: (cluster) => leaves(cluster, 42),
  worker(cluster) {
    cluster.worker.once('disconnect', () => {
      listen();
      setImmediate(() => {
        listen();
        process.exitCode = 42;
      });
    });
    cluster.worker.disconnect();
  },
});

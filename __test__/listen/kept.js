'use strict';

/** `settings.keepListening`: a port stays open while no worker listens there. */

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, read, exited } = require('../harness');

const skipBuiltin = 'its ports close with their last worker';

/** @returns {Promise<string | undefined>} why a connection fails */
async function failure(port) {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return undefined;
  } catch ({ code }) {
    return code;
  } finally {
    socket.destroy();
  }
}

const worker = (cluster) => {
  net.createServer((socket) => socket.end(`${cluster.worker.id}`)).listen(process.env.PORT, '127.0.0.1');
};

scenario('with keepListening, connections wait for the next worker', {
  skipBuiltin,
  async primary(cluster) {
    cluster.setupPrimary({ keepListening: true });
    const { port, workers } = await listening(cluster, 1, { env: { PORT: 0 } });
    for (const leave of [(last) => last.process.kill('SIGKILL'), (last) => last.disconnect()]) {
      leave(workers.at(-1));
      await exited(workers.at(-1));
      const answers = Promise.all(Array.from({ length: 5 }, () => read(port)));
      const next = cluster.fork({ PORT: 0 });
      workers.push(next);
      assert.deepStrictEqual(await answers, Array(5).fill(`${next.id}`));
    }
    await new Promise((resolve) => cluster.disconnect(resolve));
    assert.strictEqual(await failure(port), 'ECONNREFUSED');
  },
  worker,
});

scenario('without it, a port closes with its last worker, as in Node', {
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 1, { env: { PORT: 0 } });
    workers[0].process.kill('SIGKILL');
    await exited(workers[0]);
    assert.strictEqual(await failure(port), 'ECONNREFUSED');
  },
  worker,
});

scenario('keepListening is true or false', {
  skipBuiltin: 'it has no such setting',
  primary(cluster) {
    cluster.setupPrimary({ keepListening: 'yes' });
    assert.throws(() => cluster.fork(), { code: 'ERR_INVALID_ARG_TYPE' });
  },
  worker,
});

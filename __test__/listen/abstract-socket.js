'use strict';

const assert = require('node:assert');
const { scenario, listening, read, exited } = require('../harness');

const NAME = `\0rs-cluster-${process.pid}`;

scenario('workers share an abstract unix socket, and it is free again when they are gone', {
  async primary(cluster) {
    for (let round = 0; round < 2; round++) {
      const { workers } = await listening(cluster, 2, { env: { NAME: NAME.slice(1) } });
      const answers = [await read(NAME), await read(NAME)].sort();
      assert.deepStrictEqual(answers, workers.map((worker) => `${worker.id}`).sort());
      for (const worker of workers) {
        worker.disconnect();
        assert.deepStrictEqual(await exited(worker), [0, null]);
      }
    }
  },
  worker(cluster) {
    const server = require('node:net').createServer((socket) => socket.end(`${cluster.worker.id}`));
    server.listen(`\0${process.env.NAME}`);
  },
});

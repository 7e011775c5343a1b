'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { scenario, listening, read } = require('../harness');

scenario('connections that a killed worker had not taken are answered by another', {
  skipBuiltin: 'their clients hang',
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    const [stopped, other] = workers;
    // It cannot take what it is handed: some of these are in flight to it when it dies.
    stopped.process.kill('SIGSTOP');
    const answers = Array.from({ length: 4 }, () => read(port));
    await Promise.race(answers);
    stopped.process.kill('SIGKILL');
    assert.deepStrictEqual(await Promise.all(answers), ['2', '2', '2', '2']);
    other.kill();
  },
  worker: (cluster) =>
    net.createServer((socket) => socket.end(`${cluster.worker.id}`)).listen(0, '127.0.0.1'),
});

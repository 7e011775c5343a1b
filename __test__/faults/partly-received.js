'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const net = require('node:net');
const { scenario, listening, read, settled, descriptors } = require('../harness');
const limitDescriptors = require('../fixtures/limit_descriptors');

/** How many connections come to a worker in one frame. */
const AT_ONCE = 12;

scenario('of the connections in one frame, those that find a descriptor are served and none leaks', {
  timeout: 30_000,
  // A stopped worker keeps what it was offered.
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '0' },
  skipBuiltin: 'it sends one connection at a time, and loses what its worker cannot receive',
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 1);
    const [worker] = workers;
    const { pid } = worker.process;
    const figures = () => cluster.stats().workers[worker.id];
    const before = descriptors(pid);
    for (let room = 0; room <= AT_ONCE; room++) {
      const offered = figures().offered;
      worker.process.kill('SIGSTOP');
      const answers = Array.from({ length: AT_ONCE }, () => read(port));
      assert.ok(await settled(() => figures().offered === offered + AT_ONCE));
      limitDescriptors(pid, room);
      worker.process.kill('SIGCONT');
      // What it has no room for waits until it has closed the others.
      if (room > 0) await Promise.all(answers);
      else assert.ok(await settled(() => figures().refused >= AT_ONCE));
      execFileSync('prlimit', [`--pid=${pid}`, '--nofile=1024:']);
      assert.deepStrictEqual(await Promise.all(answers), Array(AT_ONCE).fill('served'));
      assert.ok(await settled(() => descriptors(pid) === before), `${before}, ${descriptors(pid)}`);
    }
    worker.process.kill('SIGKILL');
  },
  worker() {
    net.createServer((socket) => socket.end('served')).listen(0, '127.0.0.1');
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { scenario, listening, exited, settled } = require('../harness');

const BACKLOG = 4;
const CLIENTS = 20;

const isStopped = (pid) => /^State:\s+T/m.test(fs.readFileSync(`/proc/${pid}/status`, 'latin1'));

scenario("the worker's backlog is the one of the primary's socket", {
  async primary(cluster) {
    const { workers } = await listening(cluster);
    const [worker] = workers;
    worker.send('count');
    const [count] = await once(worker, 'message');
    // Linux lets one more in than the backlog says. Node's default would have let in all.
    assert.ok(count >= BACKLOG && count <= BACKLOG + 2, `${count} connections in a queue of ${BACKLOG}`);
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    const server = net
      .createServer((socket) => socket.resume().end())
      .listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG });
    process.once('message', async () => {
      const { port } = server.address();
      // Nobody accepts while the primary is stopped, so the kernel's queue fills up.
      process.kill(process.ppid, 'SIGSTOP');
      assert.ok(await settled(() => isStopped(process.ppid)));
      let count = 0;
      const clients = Array.from({ length: CLIENTS }, () =>
        net.connect(port, '127.0.0.1', () => count++).on('error', () => {}),
      );
      await settled(() => count > BACKLOG + 2, 500);
      for (const client of clients) client.destroy();
      process.kill(process.ppid, 'SIGCONT');
      process.send(count);
    });
  },
});

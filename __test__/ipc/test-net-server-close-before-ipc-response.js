'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { NODE, scenario, settled, exited, freePort } = require('../harness');

const canBind = (port) =>
  new Promise((resolve) => {
    const server = net.createServer();
    server.on('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });

for (const policy of ['SCHED_NONE', 'SCHED_RR']) {
  scenario(`${policy}: a server is closed before the primary has answered`, {
    skip: NODE < 20 && 'the net of this Node listens all the same',
    async primary(cluster) {
      cluster.schedulingPolicy = cluster[policy];
      const port = await freePort();
      const worker = cluster.fork({ PORT: port });
      const end = exited(worker);
      cluster.on('listening', () => assert.fail('it was closed before'));
      await once(worker, 'message');
      // The worker still lives: only the primary, which was told, can have let go of the port.
      assert.ok(await settled(() => canBind(port)), 'the port is still taken');
      worker.disconnect();
      assert.deepStrictEqual(await end, [0, null]);
    },
    worker() {
      const server = net.createServer().listen(Number(process.env.PORT));
      server.on('listening', () => process.exit(5));
      server.close();
      process.send('closed');
    },
  });
}

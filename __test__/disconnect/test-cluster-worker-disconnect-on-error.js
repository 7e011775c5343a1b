'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { scenario, exited } = require('../harness');

for (const policy of ['SCHED_NONE', 'SCHED_RR']) {
  scenario(`${policy}: a worker disconnects itself when its port is taken`, {
    async primary(cluster) {
      cluster.schedulingPolicy = cluster[policy];
      const server = net.createServer().listen(0);
      await once(server, 'listening');
      const worker = cluster.fork({ PORT: server.address().port });
      const end = exited(worker);
      const [code] = await once(worker, 'message');
      assert.strictEqual(code, 'EADDRINUSE');
      assert.deepStrictEqual(await end, [0, null]);
      assert.strictEqual(worker.exitedAfterDisconnect, true);
      server.close();
    },
    worker(cluster) {
      const server = http.createServer().listen(process.env.PORT);
      server.on('error', ({ code }) => {
        process.send(code);
        cluster.worker.disconnect();
      });
    },
  });
}

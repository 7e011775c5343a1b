'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited } = require('../harness');

const FREE = Number(fs.readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) <= 42;

scenario('a port that the primary may not bind gives EACCES under SCHED_NONE too', {
  skip: FREE && 'this system lets everybody bind port 42',
  async primary(cluster) {
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.on('listening', () => assert.fail('a privileged port was bound'));
    const worker = cluster.fork();
    await once(worker, 'message');
    // The primary binds, so it is the one who has to be nobody.
    if (process.getuid() === 0) process.setuid(65534);
    worker.send('listen');
    const [code] = await once(worker, 'message');
    assert.strictEqual(code, 'EACCES');
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker(cluster) {
    process.send('ready');
    process.on('message', () => {
      const server = net.createServer().listen(42);
      server.on('error', ({ code }) => process.send(code, () => cluster.worker.disconnect()));
    });
  },
});

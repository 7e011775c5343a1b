'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario } = require('../harness');

scenario('NODE_DEBUG_ENABLED makes the workers debuggable: those online now, the others later', {
  async primary(cluster) {
    const pids = [];
    process._debugProcess = (pid) => pids.push(pid);
    const first = cluster.fork();
    await once(first, 'online');
    const second = cluster.fork();
    process.emit('internalMessage', { cmd: 'NODE_DEBUG_ENABLED' });
    process.emit('internalMessage', { cmd: 'NODE_SOMETHING_ELSE' });
    assert.deepStrictEqual(pids, [first.process.pid]);
    await once(second, 'online');
    assert.deepStrictEqual(pids, [first.process.pid, second.process.pid]);
    first.kill();
    second.kill();
  },
  worker() {},
});

'use strict';

const assert = require('node:assert');
const domain = require('node:domain');
const net = require('node:net');
const { scenario, listening, exited, read } = require('../harness');

scenario('a domain that ran before does not leak into a server', {
  async primary(cluster) {
    const { workers, port } = await listening(cluster);
    assert.strictEqual(await read(port), 'listening without, connection without');
    workers[0].kill();
    assert.deepStrictEqual(await exited(workers[0]), [null, 'SIGTERM']);
  },
  worker() {
    let ran = false;
    domain.create().run(() => (ran = true));
    assert.ok(ran);
    const state = () => (process.domain ? 'within' : 'without');
    let atListening;
    net
      .createServer((socket) => socket.end(`listening ${atListening}, connection ${state()}`))
      .listen(0, '127.0.0.1', () => (atListening = state()));
  },
});

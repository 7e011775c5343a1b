'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const { scenario, listening, exited, temporaryPath } = require('../harness');

scenario('an http server on a unix socket', {
  async primary(cluster) {
    const socketPath = temporaryPath('http');
    const { workers } = await listening(cluster, 1, { env: { SOCKET: socketPath } });
    const [worker] = workers;
    const end = exited(worker);
    const last = once(worker, 'message');
    const [response] = await once(http.get({ socketPath, path: '/', agent: false }), 'response');
    response.resume();
    assert.strictEqual(response.statusCode, 200);
    assert.deepStrictEqual(await last, [{ remote: 'undefined', local: 'undefined' }, undefined]);
    assert.deepStrictEqual(await end, [7, null]);
  },
  worker() {
    const server = http.createServer(({ socket }, response) => {
      response.end('hello', () => {
        process.send({ remote: typeof socket.remoteAddress, local: typeof socket.localAddress });
        process.exit(7);
      });
    });
    server.listen(process.env.SOCKET);
  },
});

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const { NODE, scenario, listening, exited } = require('../harness');

scenario('with dropMaxConnection the server drops by itself what is too much', {
  skip: NODE < 22 && 'there is no dropMaxConnection',
  async primary(cluster) {
    const { workers, port } = await listening(cluster);
    const [worker] = workers;
    const dropped = once(worker, 'message');
    const request = http.get({ port, host: '127.0.0.1', agent: false });
    const [error] = await once(request, 'error');
    assert.strictEqual(error.code, 'ECONNRESET');
    const [{ remotePort }] = await dropped;
    assert.strictEqual(typeof remotePort, 'number');
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    const server = http.createServer(() => assert.fail('this server takes no connection'));
    server.maxConnections = 0;
    server.dropMaxConnection = true;
    server.on('drop', (data) => process.send(data));
    server.listen(0, '127.0.0.1');
  },
});

'use strict';

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { scenario } = require('../harness');

const PRIMARY = path.join(__dirname, '../fixtures/listen_fd_primary.js');

async function get(port) {
  const [response] = await once(http.get({ port, host: '127.0.0.1', agent: false }), 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
}

scenario('listen({ fd }) means a descriptor of the primary', {
  async primary() {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const stdio = ['ignore', 'inherit', 'inherit', server._handle.fd, 'ipc'];
    const primary = spawn(process.execPath, [PRIMARY], { stdio, detached: true });
    const end = once(primary, 'exit');
    // From here on only the other process can accept.
    server.close();

    const [{ pid, address }] = await once(primary, 'message');
    assert.strictEqual(address.fd, 3);
    assert.strictEqual(await get(port), `${pid}`);
    assert.notStrictEqual(pid, primary.pid);
    primary.send('leave');
    assert.deepStrictEqual(await once(primary, 'message'), [{ code: 0, signal: null }, undefined]);
    assert.deepStrictEqual(await end, [0, null]);
  },
});

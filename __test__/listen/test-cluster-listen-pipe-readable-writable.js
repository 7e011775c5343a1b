'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { scenario, listening, exited, read, temporaryPath } = require('../harness');

const mode = (path) => (fs.statSync(path).mode & 0o777).toString(8);

async function modeOfPlainServer(options) {
  const path = temporaryPath('plain');
  const server = net.createServer().listen({ path, ...options });
  await once(server, 'listening');
  const found = mode(path);
  server.close();
  return found;
}

for (const options of [
  {},
  { readableAll: true },
  { writableAll: true },
  { readableAll: true, writableAll: true },
]) {
  scenario(`the mode of a socket file with ${JSON.stringify(options)}`, {
    async primary(cluster) {
      const SOCKET = temporaryPath('shared');
      const env = { SOCKET, OPTIONS: JSON.stringify(options) };
      const { workers } = await listening(cluster, 1, { env });
      assert.strictEqual(mode(SOCKET), await modeOfPlainServer(options));
      assert.strictEqual(await read(SOCKET), 'hello');
      workers[0].disconnect();
      assert.deepStrictEqual(await exited(workers[0]), [0, null]);
    },
    worker() {
      const { SOCKET, OPTIONS } = process.env;
      net.createServer((socket) => socket.end('hello')).listen({ path: SOCKET, ...JSON.parse(OPTIONS) });
    },
  });
}

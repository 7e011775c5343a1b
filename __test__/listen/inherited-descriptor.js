'use strict';

// A socket that the primary inherited (systemd's socket activation) is served again and again: by
// the next worker when the last one is gone, by a server that closes and listens again. Meanwhile
// clients wait in the kernel.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { scenario, read } = require('../harness');

const ROUNDS = 4;
const PRIMARY = path.join(__dirname, '../fixtures/inherits_socket.js');
const skipBuiltin = 'it closes the descriptor with its last server, or leaves it in epoll: bind EEXIST';

/** Runs the fixture with a listening socket as its descriptor 3, which no other process has then. */
async function inherit(mode, env) {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const stdio = ['ignore', 'inherit', 'inherit', server._handle.fd, 'ipc'];
  const primary = spawn(process.execPath, [PRIMARY, mode], { stdio, env: { ...process.env, ...env } });
  server.close();
  return { primary, port };
}

for (const policy of ['rr', 'none']) {
  const env = { NODE_CLUSTER_SCHED_POLICY: policy };

  scenario(`the next worker serves it when the last one was killed (${policy})`, {
    skipBuiltin,
    async primary() {
      const { primary, port } = await inherit('workers', env);
      const end = once(primary, 'exit');
      for (let round = 1; round <= ROUNDS; round++) {
        // It comes while no server listens.
        const client = read(port);
        primary.send('fork');
        assert.strictEqual(await client, `${round}`);
        primary.send('kill');
        assert.deepStrictEqual(await once(primary, 'message'), ['killed', undefined]);
      }
      primary.disconnect();
      assert.deepStrictEqual(await end, [0, null]);
    },
  });

  scenario(`a server that closes listens on it again (${policy})`, {
    skipBuiltin,
    async primary() {
      const { primary, port } = await inherit('servers', { ...env, ROUNDS: `${ROUNDS}` });
      const end = once(primary, 'exit');
      for (let round = 1; round <= ROUNDS; round++) assert.strictEqual(await read(port), `${round}`);
      assert.deepStrictEqual(await end, [0, null]);
    },
  });
}

scenario('two servers of a worker listen on it at one time, and one of them closes', {
  skipBuiltin,
  async primary() {
    const { primary, port } = await inherit('two');
    const end = once(primary, 'exit');
    for (let i = 0; i < ROUNDS; i++) assert.match(await read(port), /^[12]$/);
    primary.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
  },
});

scenario('a UDP socket is read by the next worker when the last one was killed', {
  skipBuiltin,
  async primary() {
    const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const state =
      socket[Object.getOwnPropertySymbols(socket).find((it) => it.description === 'state symbol')];
    const stdio = ['ignore', 'inherit', 'inherit', state.handle.fd, 'ipc'];
    const primary = spawn(process.execPath, [PRIMARY, 'datagrams'], { stdio });
    socket.close();
    const end = once(primary, 'exit');
    const client = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    for (let round = 1; round <= ROUNDS; round++) {
      const answer = once(client, 'message');
      client.send('who?', port, '127.0.0.1');
      primary.send('fork');
      assert.strictEqual(`${(await answer)[0]}`, `${round}`);
      primary.send('kill');
      assert.deepStrictEqual(await once(primary, 'message'), ['killed', undefined]);
    }
    client.close();
    primary.disconnect();
    assert.deepStrictEqual(await end, [0, null]);
  },
});

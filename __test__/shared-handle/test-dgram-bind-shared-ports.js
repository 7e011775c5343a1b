'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

/** A UDP port that was free a moment ago. */
async function freeUdpPort() {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

scenario('a fixed port is shared, unless the socket is exclusive', {
  async primary(cluster) {
    const env = { SHARED: await freeUdpPort(), EXCLUSIVE: await freeUdpPort() };
    assert.notStrictEqual(env.SHARED, env.EXCLUSIVE);
    const workers = [];
    const outcomes = [];
    for (let i = 0; i < 2; i++) {
      const worker = cluster.fork(env);
      workers.push(worker);
      outcomes.push((await once(worker, 'message'))[0]);
    }
    assert.deepStrictEqual(outcomes, [
      ['bound', 'bound', 'bound'],
      ['bound', 'bound', 'EADDRINUSE'],
    ]);
    for (const worker of workers) worker.send('exit');
    for (const worker of workers) assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  async worker() {
    process.once('message', () => process.exit(0));
    const bind = async (options) => {
      const socket = dgram.createSocket('udp4').bind({ address: '127.0.0.1', ...options });
      try {
        await once(socket, 'listening');
        return 'bound';
      } catch (error) {
        return error.code;
      }
    };
    const { SHARED, EXCLUSIVE } = process.env;
    process.send([
      await bind({ port: 0 }),
      await bind({ port: Number(SHARED) }),
      await bind({ port: Number(EXCLUSIVE), exclusive: true }),
    ]);
  },
});

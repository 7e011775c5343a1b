'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, exited, freePort } = require('../harness');

scenario('a fixed port is shared, unless the server is exclusive', {
  async primary(cluster) {
    const env = { SHARED: await freePort('localhost'), EXCLUSIVE: await freePort('localhost') };
    assert.notStrictEqual(env.SHARED, env.EXCLUSIVE);
    const workers = [];
    const outcomes = [];
    for (let i = 0; i < 2; i++) {
      const worker = cluster.fork(env);
      workers.push(worker);
      outcomes.push((await once(worker, 'message'))[0]);
    }
    assert.deepStrictEqual(outcomes, [
      ['listening', 'listening'],
      ['listening', 'EADDRINUSE'],
    ]);
    for (const worker of workers) worker.send('close');
    for (const worker of workers) assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  async worker(cluster) {
    const servers = [];
    const listen = async (port, exclusive) => {
      const server = net.createServer().listen({ host: 'localhost', port: Number(port), exclusive });
      try {
        await once(server, 'listening');
        servers.push(server);
        return 'listening';
      } catch (error) {
        return error.code;
      }
    };
    const { SHARED, EXCLUSIVE } = process.env;
    process.once('message', () => {
      for (const server of servers) server.close();
      cluster.worker.disconnect();
    });
    process.send([await listen(SHARED, false), await listen(EXCLUSIVE, true)]);
  },
});

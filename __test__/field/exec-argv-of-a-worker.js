'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited, read } = require('../harness');
const net = require('node:net');

const WAYS = {
  'an empty execArgv': (cluster) => {
    cluster.setupPrimary({ execArgv: [] });
    return { execArgv: [] };
  },
  'an execArgv of its own': (cluster) => {
    cluster.setupPrimary({ execArgv: ['--no-deprecation'] });
    return { execArgv: ['--no-deprecation'] };
  },
  'other NODE_OPTIONS in the environment': (cluster) => {
    process.env.NODE_OPTIONS = '--no-deprecation';
    cluster.setupPrimary({ execArgv: [] });
    return { execArgv: [], options: '--no-deprecation' };
  },
  'NODE_OPTIONS given to fork()': (cluster) => {
    cluster.setupPrimary({ execArgv: [] });
    return { execArgv: [], options: '--no-deprecation', env: { NODE_OPTIONS: '--no-deprecation' } };
  },
  'no NODE_OPTIONS at all': (cluster) => {
    delete process.env.NODE_OPTIONS;
    cluster.setupPrimary({ execArgv: [] });
    return { execArgv: [], env: { NODE_OPTIONS: undefined } };
  },
};

for (const [name, prepare] of Object.entries(WAYS)) {
  scenario(`a worker with ${name} is a worker like any other`, {
    async primary(cluster) {
      const { execArgv, options, env } = prepare(cluster);
      const worker = cluster.fork(env);
      const end = exited(worker);
      const [[seen], [{ port }]] = await Promise.all([once(worker, 'message'), once(worker, 'listening')]);
      assert.deepStrictEqual(seen, { execArgv, ...(options && { options }) });
      assert.deepStrictEqual(cluster.settings.execArgv, execArgv);
      assert.strictEqual(await read(port), 'served');
      worker.disconnect();
      assert.deepStrictEqual(await end, [0, null]);
    },
    worker() {
      process.send({ execArgv: process.execArgv, options: process.env.NODE_OPTIONS });
      net.createServer((socket) => socket.end('served')).listen(0, '127.0.0.1');
    },
  });
}

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const { scenario, exited } = require('../harness');

scenario("a list for stdio without 'ipc' makes fork throw", {
  async primary(cluster) {
    for (const stdio of [[], ['pipe', 'pipe', 'pipe'], ['inherit', 'inherit', 'inherit', 'pipe']]) {
      cluster.setupPrimary({ stdio });
      const given = [...stdio];
      assert.throws(() => cluster.fork(), { name: 'Error', code: 'ERR_CHILD_PROCESS_IPC_REQUIRED' });
      assert.deepStrictEqual(stdio, given);
    }
    cluster.setupPrimary({ stdio: ['inherit', 'inherit', 'inherit', 'ipc', 'ipc'] });
    assert.throws(() => cluster.fork(), { name: 'Error', code: 'ERR_IPC_ONE_PIPE' });
    assert.deepStrictEqual(Object.keys(cluster.workers), []);
  },
});

scenario("a pipe beside the channel is the user's, and 'disconnect' is heard", {
  async primary(cluster) {
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'];
    cluster.setupPrimary({ stdio });
    const worker = cluster.fork();
    assert.deepStrictEqual(stdio, ['ignore', 'inherit', 'inherit', 'ipc', 'pipe']);
    const streams = worker.process.stdio;
    assert.strictEqual(streams.length, 5);
    assert.deepStrictEqual(streams.slice(0, 4), [null, null, null, null]);
    const pipe = streams[4];
    let text = '';
    pipe.setEncoding('utf8').on('data', (data) => (text += data));
    const ended = once(pipe, 'end');
    await once(worker, 'message');
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [42, null]);
    await ended;
    assert.strictEqual(text, 'ready, disconnected');
  },

  worker() {
    fs.writeSync(4, 'ready');
    process.on('disconnect', () => {
      fs.writeSync(4, ', disconnected');
      process.exitCode = 42;
    });
    process.send('ready');
  },
});

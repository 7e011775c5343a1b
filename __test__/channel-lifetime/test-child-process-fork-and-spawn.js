'use strict';

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

/** Tells what of the channel a process can see. */
const TELL = `
  const names = Object.keys(process.env).filter((name) => /CHANNEL|UNIQUE/.test(name));
  const { send, connected } = process;
  console.log(JSON.stringify({ names, send: typeof send, connected: !!connected, isPrimary: require('cluster').isPrimary }));
`;

scenario('a process that a worker spawns knows nothing of the channel', {
  async primary(cluster) {
    const worker = cluster.fork();
    const [answer] = await once(worker, 'message');
    assert.deepStrictEqual(answer, {
      code: 0,
      signal: null,
      text: `${JSON.stringify({ names: [], send: 'undefined', connected: false, isPrimary: true })}\n`,
    });
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    const subprocess = spawn(process.execPath, ['-e', TELL], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    subprocess.stdout.setEncoding('utf8').on('data', (data) => (text += data));
    subprocess.on('close', (code, signal) => process.send({ code, signal, text }));
  },
});

scenario('a process that a worker spawns does not keep the channel open', {
  async primary(cluster) {
    const worker = cluster.fork();
    const disconnected = once(worker, 'disconnect');
    const [pid] = await once(worker, 'message');
    try {
      worker.process.kill('SIGKILL');
      assert.deepStrictEqual(await exited(worker), [null, 'SIGKILL']);
      await disconnected;
      process.kill(pid, 0); // It has outlived the worker.
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  },

  worker() {
    const subprocess = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    process.send(subprocess.pid);
  },
});

'use strict';

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { text } = require('node:stream/consumers');
const { scenario, exited } = require('../harness');

/** The primary that is detached: it has no terminal and says all on its standard output. */
async function detached(cluster) {
  cluster.setupPrimary({ silent: true, windowsHide: true });
  const { silent, windowsHide } = cluster.settings;
  let online = 0;
  cluster.on('online', () => online++);
  const worker = cluster.fork();
  const output = text(worker.process.stdout);
  worker.send('to the hidden');
  const [answer] = await once(worker, 'message');
  const exit = await exited(worker);
  console.log(JSON.stringify({ silent, windowsHide, online, answer, output: await output, exit }));
}

scenario('a detached primary has silent and hidden workers', {
  async primary(cluster) {
    if (process.argv.includes('detached')) return detached(cluster);

    const nested = spawn(process.execPath, [process.argv[1], 'detached'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output, exit] = await Promise.all([text(nested.stdout), once(nested, 'exit')]);
    assert.deepStrictEqual(exit, [0, null]);
    assert.deepStrictEqual(JSON.parse(output), {
      silent: true,
      windowsHide: true,
      online: 1,
      answer: 'to the hidden',
      output: 'a hidden worker\n',
      exit: [0, null],
    });
  },
  worker(cluster) {
    console.log('a hidden worker');
    cluster.worker.on('message', (message) => {
      process.send(message, () => cluster.worker.disconnect());
    });
  },
});

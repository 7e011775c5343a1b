'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { text } = require('node:stream/consumers');
const { setTimeout: sleep } = require('node:timers/promises');
const freePorts = require('../fixtures/free-ports');
const { scenario, exited } = require('../harness');

const HOST = '127.0.0.1';

/** Forks a worker that waits for a debugger. */
async function stopped(cluster, flag) {
  cluster.setupPrimary({ execArgv: [flag], silent: true });
  const worker = cluster.fork();
  worker.on('message', () => assert.fail('user code has run'));
  const output = text(worker.process.stdout);
  const stderr = worker.process.stderr.setEncoding('utf8');
  let printed = '';
  while (!printed.includes('\n')) printed += (await once(stderr, 'data'))[0];

  // No event tells that nothing runs.
  await sleep(500);
  worker.kill('SIGTERM');
  assert.deepStrictEqual(await exited(worker), [null, 'SIGTERM']);
  assert.strictEqual(await output, '');
  return printed;
}

function worker() {
  console.log('user code');
  process.send('user code');
}

scenario('--inspect-brk stops a worker before user code, at a port of its own', {
  async primary(cluster) {
    process.debugPort = (await freePorts(2, HOST)) - 1;
    const first = process.debugPort + 1;
    assert.match(await stopped(cluster, '--inspect-brk'), new RegExp(`listening on ws://${HOST}:${first}/`));
    const printed = await stopped(cluster, `--inspect-brk=${first}`);
    assert.match(printed, new RegExp(`listening on ws://${HOST}:${first + 1}/`));
  },
  worker,
});

'use strict';

// The examples of Node's documentation of cluster.

const assert = require('node:assert');
const example = require('../fixtures/example');
const { request } = require('../fixtures/software');

/** Ends by itself, having said these lines, in this order or in any. */
async function tells(started, lines, { sorted = true } = {}) {
  const { code, output } = await started.end();
  const said = output.trimEnd().split('\n');
  const order = (all) => (sorted ? all : [...all].sort());
  assert.deepStrictEqual({ code, said: order(said) }, { code: 0, said: order(lines) });
}

example('http.js', async (started) => {
  const port = await started.port();
  assert.match((await request(port)).text, /^hello from worker \d+ \(\d+\)\n$/);
  started.interrupt();
  assert.strictEqual((await started.end()).signal, 'SIGINT');
});

example('counter.js', async (started) => {
  const port = await started.port();
  for (let i = 0; i < 3; i++) assert.strictEqual((await request(port)).text, 'counted\n');
  await started.says(/^3 requests so far$/m);
});

example('events.js', async (started) => {
  const { code, output } = await started.end();
  const events = ['setup', 'fork', 'online', 'message', 'listening', 'disconnect', 'exit'];
  for (const event of events) assert.match(output, new RegExp(`^cluster: ${event}$`, 'm'));
  assert.match(output, /^worker: listening at any address, port \d+$/m);
  assert.match(output, /^worker: message hello$/m);
  assert.match(output, /^worker: exit, code 0, signal null$/m);
  assert.strictEqual(code, 0);
});

example('disconnect.js', (started) =>
  tells(started, ['the worker says welcome', 'the worker says goodbye', 'exited with code 0']),
);

example('voluntary.js', (started) =>
  tells(started, ['worker 1 exited voluntarily', 'worker 2 died of code 1'], { sorted: false }),
);

example('alive.js', (started) =>
  tells(started, [
    'forked: connected true, dead false',
    'online: connected true, dead false',
    'disconnected: connected false, dead false',
    'exited: connected false, dead true',
  ]),
);

example('echo.js', (started) => tells(started, ['the worker says: hi there']));

example('timeout.js', (started) => {
  const late = ['worker 2 does not listen: something must be wrong', 'worker 2 was ended by SIGTERM'];
  return tells(started, ['worker 1 listens', ...late]);
});

example('setup.js', (started) =>
  tells(started, ['the silent one: hello from worker 1', 'good morning from worker 2'], { sorted: false }),
);

example('broadcast.js', (started) => {
  const heard = [1, 2, 3].map((id) => `worker ${id} heard a big announcement`);
  return tells(started, heard, { sorted: false });
});

example('policy.js', async (started) => {
  assert.match((await request(await started.port())).text, /^the kernel chose worker [12]\n$/);
});

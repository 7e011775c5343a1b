'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const { scenario, descriptors, settled, temporaryPath } = require('../harness');
const lane = require('../fixtures/lane');

const WORKERS = 16;

/** A frame as in src/wire/frame.rs: the worker's loop turns. */
const PONG = lane.frame(24, Buffer.alloc(0));

scenario('a worker whose last frame comes with its end leaves nothing open in the primary', {
  skipBuiltin: 'its workers have no lane',
  async primary(cluster) {
    const first = cluster.fork();
    await new Promise((resolve) => first.on('online', resolve));
    const before = descriptors();
    const flag = temporaryPath('flag');
    const workers = Array.from({ length: WORKERS }, () => cluster.fork({ RS_TEST_FLAG: flag }));
    const all = (event) =>
      Promise.all(workers.map((worker) => new Promise((resolve) => worker.on(event, resolve))));
    const exits = all('exit');
    await all('message');
    // From here on the primary looks at their lanes only if epoll tells of them.
    for (const worker of workers) worker.process.disconnect();
    await all('disconnect');
    fs.writeFileSync(flag, '');
    await exits;
    assert.ok(await settled(() => descriptors() <= before), `${before} before, ${descriptors()} after`);
    first.process.kill('SIGKILL');
  },
  worker() {
    const { RS_TEST_FLAG } = process.env;
    if (RS_TEST_FLAG === undefined) return;
    const descriptor = lane.descriptor();
    process.send('here', () => {
      // Its loop does not turn again: it must not see that it was disconnected.
      while (!fs.existsSync(RS_TEST_FLAG));
      lane.write(descriptor, PONG);
      fs.closeSync(descriptor);
      process.kill(process.pid, 'SIGKILL');
    });
  },
});

'use strict';

// The primary's JavaScript waits for no other thread: not for the reactor's, which gets next to no
// processor here. If it waited, each call would take some 10 ms.

const assert = require('node:assert');
const childProcess = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const { scenario, listening } = require('../harness');
const { frame, write } = require('../fixtures/lane');

const skipBuiltin = 'it has no such thread';

const skip = childProcess.spawnSync('chrt', ['--version']).error ? 'there is no chrt(1) here' : false;

/** Workers that leave the reactor no processor. */
const BUSY = 4 * os.availableParallelism();

/** What a call may take in the median, in ms. */
const MOST = 1;

/** The kind of a lifecycle act's frame, as in src/wire/frame.rs. */
const ACT = 2;
const ACTS = 20_000;

/** The threads of this process that are the reactor's. */
function reactors() {
  const tasks = fs.readdirSync('/proc/self/task');
  return tasks.filter((id) => fs.readFileSync(`/proc/self/task/${id}/comm`, 'utf8') === 'rs-cluster\n');
}

/** From now on, each processor runs a busy worker before it runs the reactor. */
async function occupyProcessors(workers) {
  const [thread, ...others] = reactors();
  assert.deepStrictEqual(others, []);
  childProcess.execFileSync('chrt', ['--idle', '--pid', '0', thread]);
  for (const worker of workers) worker.send('burn');
  await Promise.all(workers.map((worker) => once(worker, 'message')));
}

/** How long each call takes, in the median, in ms. */
function median(calls) {
  const times = calls.map((call) => {
    const start = process.hrtime.bigint();
    call();
    return Number(process.hrtime.bigint() - start) / 1e6;
  });
  return times.sort((a, b) => a - b)[times.length >> 1];
}

function worker() {
  net.createServer().listen(0, '127.0.0.1');
  process.on('message', (message) => {
    if (message === 'burn') process.send('burning', () => setImmediate(burn));
  });
}

function burn() {
  for (;;);
}

scenario('stats(), disconnect() and kill() do not wait for a reactor that does not run', {
  skipBuiltin,
  skip,
  async primary(cluster) {
    const { workers } = await listening(cluster, BUSY);
    await occupyProcessors(workers);
    assert.ok(median(Array.from({ length: 50 }, () => () => cluster.stats())) < MOST);
    assert.ok(median(workers.map((worker) => () => worker.disconnect())) < MOST);
    for (const { process } of workers) process.kill('SIGKILL');
  },
  worker,
});

scenario('a worker that says without end that it has closed does not stop the primary', {
  skipBuiltin,
  skip,
  async primary(cluster) {
    const { workers } = await listening(cluster, BUSY);
    const [hostile, ...others] = workers;
    await occupyProcessors(others);
    hostile.send('closed');
    // Behind all those acts. If the primary waited for each of them, this would come too late.
    await once(hostile, 'message');
    assert.ok(workers.every((worker) => worker.isConnected()));
    for (const { process } of workers) process.kill('SIGKILL');
  },
  worker(cluster) {
    worker();
    if (cluster.worker.id > 1) return;
    process.on('message', (message) => {
      if (message !== 'closed') return;
      const act = (key) => frame(ACT, Buffer.from(JSON.stringify({ act: 'closed', key })));
      write(process.channel.fd, Buffer.concat(Array.from({ length: ACTS }, (_, i) => act(i % 2))));
      process.send('said');
    });
  },
});

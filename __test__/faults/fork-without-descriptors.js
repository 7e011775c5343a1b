'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const os = require('node:os');
const { scenario, exited, descriptors, settled } = require('../harness');
const holdDescriptors = require('../fixtures/hold_descriptors');

/** As Node: an error, no 'exit', and a Worker that stays in `workers`. */
function fails(cluster, worker, error) {
  const { execPath } = process;
  assert.strictEqual(error.code, 'EMFILE');
  assert.strictEqual(error.errno, -os.constants.errno.EMFILE);
  assert.strictEqual(error.syscall, `spawn ${execPath}`);
  assert.strictEqual(error.path, execPath);
  assert.strictEqual(error.message, `spawn ${execPath} EMFILE`);
  assert.ok(error.spawnargs.includes(process.argv[1]), error.spawnargs);
  const { pid, exitCode, signalCode, connected, send } = worker.process;
  assert.deepStrictEqual(
    { pid, exitCode, signalCode, connected, send },
    { pid: undefined, exitCode: error.errno, signalCode: null, connected: false, send: undefined },
  );
  assert.deepStrictEqual([worker.isDead(), worker.isConnected(), worker.state], [true, false, 'none']);
  assert.strictEqual(cluster.workers[worker.id], worker);
  worker.once('exit', () => assert.fail('a worker that was not made has exited'));
}

/** Forks with `room` for so many descriptors. @returns {Promise<boolean>} whether that succeeded */
async function forks(cluster, room) {
  const release = holdDescriptors(room);
  const worker = cluster.fork();
  const [error] = await Promise.race([once(worker, 'error'), once(worker, 'online')]);
  if (error !== undefined) fails(cluster, worker, error);
  release();
  if (error === undefined) assert.deepStrictEqual(await exited(worker), [0, null]);
  return error === undefined;
}

const leave = (cluster) => cluster.worker.disconnect();

for (const room of [0, 1, 2, 3, 4, 5, 6, 8, 16]) {
  scenario(`the first fork() with room for ${room} descriptors`, {
    async primary(cluster) {
      const succeeded = await forks(cluster, room);
      if (room < 4) assert.ok(!succeeded);
      if (room >= 16) assert.ok(succeeded);
      // What was missing is there again.
      assert.ok(await forks(cluster, 30));
    },
    worker: leave,
  });
}

scenario('a fork() beside a worker, with room for any number of descriptors', {
  skipBuiltin: 'it leaves descriptors open',
  async primary(cluster) {
    assert.ok(await forks(cluster, 30));
    const before = descriptors();
    const outcomes = [];
    for (let room = 0; room <= 30; room++) outcomes.push(await forks(cluster, room));
    // More room is never worse.
    assert.deepStrictEqual(outcomes, [...outcomes].sort());
    assert.ok(!outcomes[0]);
    assert.ok(outcomes[16]);
    assert.ok(await settled(() => descriptors() <= before), `before: ${before}, after: ${descriptors()}`);
  },
  worker: leave,
});

scenario('a thousand times fork() without room leave no descriptor open', {
  skipBuiltin: 'it leaves descriptors open',
  async primary(cluster) {
    assert.ok(await forks(cluster, 30));
    const before = descriptors();
    for (const room of [0, 1, 2, 3]) {
      const release = holdDescriptors(room);
      const workers = Array.from({ length: 250 }, () => cluster.fork());
      const errors = await Promise.all(workers.map((worker) => once(worker, 'error')));
      for (const [{ code }] of errors) assert.strictEqual(code, 'EMFILE');
      release();
    }
    assert.ok(await settled(() => descriptors() <= before), `before: ${before}, after: ${descriptors()}`);
    assert.ok(await forks(cluster, 30));
  },
  worker: leave,
});

scenario('cluster.disconnect() calls back though a worker could not be made', {
  skipBuiltin: 'it waits for that worker for ever',
  async primary(cluster) {
    cluster.fork();
    const release = holdDescriptors(0);
    const worker = cluster.fork().on('error', () => {});
    // In the same tick, the failure is not known yet.
    await new Promise((resolve) => cluster.disconnect(resolve));
    release();
    assert.deepStrictEqual(Object.values(cluster.workers), [worker]);
    await new Promise((resolve) => cluster.disconnect(resolve));
    worker.disconnect();
    assert.deepStrictEqual(Object.values(cluster.workers), []);
    worker.kill();
  },
  worker: () => {},
});

scenario("an 'error' without a listener is an uncaught exception", {
  async primary(cluster) {
    const release = holdDescriptors(0);
    cluster.fork();
    const [error] = await once(process, 'uncaughtException');
    release();
    assert.strictEqual(error.code, 'EMFILE');
  },
});

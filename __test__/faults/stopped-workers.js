'use strict';

const assert = require('node:assert');
const net = require('node:net');
const os = require('node:os');
const { scenario, listening, read, settled, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const { load } = require('../fixtures/load');
const printed = require('../fixtures/printed');

const WORKERS = 4;
/** The most that are in flight to one worker. */
const CREDIT = 32;

const AT_ONCE = 64;

/** How long a worker is stopped, before the next one is, in ms. */
const STOPPED = 100;

scenario('while workers are stopped and go on, one after the other, no connection is lost', {
  timeout: 30_000,
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '' },
  async primary(cluster) {
    const journal = new Journal(temporaryPath('journal'));
    const { port, workers } = await listening(cluster, WORKERS, { env: journal.env });
    let stops = 0;
    const next = () => {
      workers[stops % WORKERS].process.kill('SIGCONT');
      workers[++stops % WORKERS].process.kill('SIGSTOP');
    };
    next();
    const interval = setInterval(next, STOPPED);
    const result = await load(port, { atOnce: AT_ONCE });
    clearInterval(interval);
    console.log(`${stops} times a worker was stopped; ${result}`);
    assert.deepStrictEqual(result.failed, []);
    assert.deepStrictEqual(journal.explain(result), { seen: [], unseen: 0 });
    for (const worker of workers) worker.process.kill('SIGKILL');
  },
  worker: serve,
  check: printed,
});

scenario('what comes while a worker is stopped is answered by another, and then that one has its share', {
  timeout: 30_000,
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '' },
  skipBuiltin: 'some wait until the worker goes on',
  async primary(cluster) {
    const journal = new Journal(temporaryPath('journal'));
    const { port, workers } = await listening(cluster, 2, { env: journal.env });
    const [stopped, other] = workers;
    stopped.process.kill('SIGSTOP');
    const all = await load(port, { atOnce: AT_ONCE });
    assert.deepStrictEqual(all.failed, []);
    assert.ok(all.clients.every(({ answer }) => answer === `${other.id}`));
    const { offered, revoked } = cluster.stats().workers[stopped.id];
    console.log(`${all}; offered to the stopped worker and revoked: ${revoked}`);
    // One batch at most, and nothing more before it runs again.
    assert.ok(offered >= 1 && offered <= CREDIT, `${offered}`);
    assert.strictEqual(revoked, offered);
    assert.strictEqual(cluster.stats().queued, 0);

    stopped.process.kill('SIGCONT');
    // It takes its turns again as soon as it has shown that it runs.
    const seen = new Set();
    while (seen.size < 2) seen.add(await read(port));
    for (const worker of workers) worker.process.kill('SIGKILL');
  },
  worker: serve,
  check: printed,
});

/** As many workers as this are awake before one of them is given more than one connection. */
const PROCESSORS = os.availableParallelism?.() ?? os.cpus().length;

const OWN_SOCKET = 'OWN_SOCKET';

/** Clients, when all have been accepted. @returns a promise that all were answered */
async function connect(cluster, targets) {
  const { accepted } = cluster.stats();
  const answered = Promise.all(targets.map((target) => read(target)));
  assert.ok(await settled(() => cluster.stats().accepted === accepted + targets.length));
  return { answered };
}

for (const claimTimeout of ['', '0', '60000']) {
  scenario(`stopped workers do not count as awake, with a claimTimeout of '${claimTimeout}'`, {
    skipBuiltin: 'it has no stats()',
    // With SCHED_NONE nobody counts them.
    env: { RS_CLUSTER_CLAIM_TIMEOUT: claimTimeout, NODE_CLUSTER_SCHED_POLICY: 'rr' },
    async primary(cluster) {
      // Each of these has a socket that no other has, so no other worker can claim what they do not.
      const stopped = [];
      for (let i = 0; i < PROCESSORS; i++) {
        const env = { [OWN_SOCKET]: temporaryPath(`socket-${i}`) };
        stopped.push({ ...(await listening(cluster, 1, { env })), path: env[OWN_SOCKET] });
      }
      const { workers, port } = await listening(cluster, PROCESSORS + 1);
      for (const {
        workers: [worker],
      } of stopped)
        worker.process.kill('SIGSTOP');
      const held = await connect(
        cluster,
        stopped.map(({ path }) => path),
      );
      const offered = () => {
        const figures = cluster.stats().workers;
        // What another worker did not claim is not one of its turns.
        return workers.map(({ id }) => figures[id].offered - figures[id].redispatched);
      };
      /** Whether connections that nobody has claimed yet stand at as many workers as can run. */
      const spread = async () => {
        for (const worker of workers) worker.process.kill('SIGSTOP');
        const before = offered();
        const { answered } = await connect(cluster, Array(PROCESSORS).fill(port));
        const woken = offered().filter((count, i) => count > before[i]).length;
        for (const worker of workers) worker.process.kill('SIGCONT');
        await answered;
        return woken === PROCESSORS;
      };
      // No event tells when the primary knows that a worker is stopped.
      assert.ok(await settled(spread), 'stopped workers took the turns of those that run');
      for (const {
        workers: [worker],
      } of stopped)
        worker.process.kill('SIGCONT');
      await held.answered;
      for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
    },
    worker() {
      const server = net.createServer((socket) => socket.end());
      const path = process.env[OWN_SOCKET];
      if (path) server.listen(path);
      else server.listen(0, '127.0.0.1');
    },
  });
}

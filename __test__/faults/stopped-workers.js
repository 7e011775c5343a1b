'use strict';

const assert = require('node:assert');
const { scenario, listening, read, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const { load } = require('../fixtures/load');
const printed = require('../fixtures/printed');

const WORKERS = 4;
/** The most that are in flight to one worker. */
const CREDIT = 32;

const AT_ONCE = 64;

/** So long a worker is stopped, and then the next, in ms. */
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
    const { accepted, revoked } = cluster.stats().workers[stopped.id];
    console.log(`${all}; offered to the stopped worker and revoked: ${revoked}`);
    // One batch at most, and nothing more before it runs again.
    assert.ok(accepted >= 1 && accepted <= CREDIT, `${accepted}`);
    assert.strictEqual(revoked, accepted);
    assert.strictEqual(cluster.stats().waiting, 0);

    stopped.process.kill('SIGCONT');
    // It takes its turns again as soon as it has shown that it runs.
    const seen = new Set();
    while (seen.size < 2) seen.add(await read(port));
    for (const worker of workers) worker.process.kill('SIGKILL');
  },
  worker: serve,
  check: printed,
});

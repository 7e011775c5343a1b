'use strict';

const assert = require('node:assert');
const { scenario, listening, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const { load } = require('../fixtures/load');
const printed = require('../fixtures/printed');

const WORKERS = 4;
const AT_ONCE = 64;

/** The claim timeout, in ms. Each connection keeps its worker busy for about as long. */
const CLAIM_TIMEOUT = 1;

function worker(cluster) {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  serve(cluster).on('connection', () => Atomics.wait(cell, 0, 0, 2 * CLAIM_TIMEOUT * Math.random()));
}

scenario('a connection that is claimed in the moment of its revocation is answered once', {
  timeout: 30_000,
  env: { RS_CLUSTER_CLAIM_TIMEOUT: `${CLAIM_TIMEOUT}` },
  async primary(cluster) {
    const journal = new Journal(temporaryPath('journal'));
    const { port, workers } = await listening(cluster, WORKERS, { env: journal.env });
    const result = await load(port, { atOnce: AT_ONCE });
    const figures = Object.values(cluster.stats?.().workers ?? {});
    const revoked = figures.reduce((sum, figure) => sum + figure.revoked, 0);
    console.log(`${revoked} revoked; ${result}`);
    // The journal fails if a client is in it twice.
    assert.deepStrictEqual(journal.explain(result), { seen: [], unseen: 0 });
    assert.deepStrictEqual(result.failed, []);
    for (const { process } of workers) process.kill('SIGKILL');
  },
  worker,
  check: printed,
});

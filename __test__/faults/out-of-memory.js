'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const { BUILTIN, scenario, listening, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const { load } = require('../fixtures/load');
const printed = require('../fixtures/printed');

const WORKERS = 4;
const AT_ONCE = 64;
const DEATHS = 3;

/** After this a client gives up, in ms. Of the builtin, it never hears again if its worker dies. */
const CLIENT_TIMEOUT = BUILTIN ? 2000 : 20_000;

function worker(cluster) {
  serve(cluster);
  process.once('message', () => {
    const hoard = [];
    for (;;) hoard.push(new Array(1000).fill(0.5 + hoard.length));
  });
}

scenario('workers that run out of memory lose no connection that they had not claimed', {
  timeout: 30_000,
  // Dying takes long: what it was offered is to be with the worker until its end.
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '20000' },
  async primary(cluster) {
    // An abort writes no core file, and V8's last words are not wanted.
    execFileSync('prlimit', [`--pid=${process.pid}`, '--core=0']);
    cluster.setupPrimary({ execArgv: ['--max-old-space-size=32'], silent: true });
    const journal = new Journal(temporaryPath('journal'));
    const { port, workers } = await listening(cluster, WORKERS, { env: journal.env });
    const ends = [];
    cluster.on('exit', (_, code, signal) => {
      ends.push(signal ?? code);
      if (ends.length < DEATHS) workers[ends.length].send('hoard');
    });
    workers[0].send('hoard');
    const result = await load(port, { atOnce: AT_ONCE, timeout: CLIENT_TIMEOUT });
    // The machine may be too slow for all of them.
    const deaths = ends.length;
    const explained = journal.explain(result);
    console.log(`${deaths} workers died (${ends}); ${result}`);
    assert.ok(deaths > 0);
    assert.ok(ends.every((end) => end === 'SIGABRT' || end === 'SIGTRAP'));
    // What each had claimed it had answered before.
    if (!BUILTIN) assert.deepStrictEqual([result.failed, explained], [[], { seen: [], unseen: 0 }]);
    cluster.removeAllListeners('exit');
    for (const { process } of Object.values(cluster.workers)) process.kill('SIGKILL');
  },
  worker,
  check: printed,
});

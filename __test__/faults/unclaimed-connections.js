'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const { scenario, listening, exited, read, settled, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const { load } = require('../fixtures/load');

const CLIENTS = 10;

const WAYS = {
  'closes its server': (server) => server.close(),
  'calls process.disconnect()': () => process.disconnect(),
  'calls cluster.worker.disconnect()': (_, cluster) => cluster.worker.disconnect(),
  'is killed': () => process.kill(process.pid, 'SIGKILL'),
};

/** Blocks when it is told to, until a file is there. Then it goes, before it looks at its lane. */
function worker(cluster) {
  const server = serve(cluster);
  process.once('message', ([name, go]) => {
    process.send('blocks', () => {
      const cell = new Int32Array(new SharedArrayBuffer(4));
      while (!fs.existsSync(go)) Atomics.wait(cell, 0, 0, 5);
      WAYS[name](server, cluster);
    });
  });
}

for (const name of Object.keys(WAYS)) {
  scenario(`when a worker ${name}, others answer what it had not claimed`, {
    timeout: 30_000,
    skipBuiltin: 'not all are answered',
    async primary(cluster) {
      const journal = new Journal(temporaryPath('journal'));
      const { port, workers } = await listening(cluster, 2, { env: journal.env });
      const [leaving, other] = workers;
      const go = temporaryPath('go');
      leaving.send([name, go]);
      await once(leaving, 'message');
      const clients = load(port, { count: CLIENTS });
      const isOffered = () => cluster.stats().workers[leaving.id].inFlight > 0;
      assert.ok(await settled(isOffered));
      fs.writeFileSync(go, '');

      const result = await clients;
      assert.deepStrictEqual(result.failed, []);
      assert.deepStrictEqual(journal.explain(result), { seen: [], unseen: 0 });
      assert.ok(result.clients.every(({ answer }) => answer === `${other.id}`));
      for (const { process } of workers) process.kill('SIGKILL');
    },
    worker,
  });

  scenario(`when the last worker ${name}, what it had not claimed is closed`, {
    timeout: 30_000,
    skipBuiltin: 'some are left hanging',
    async primary(cluster) {
      const journal = new Journal(temporaryPath('journal'));
      const { port, workers } = await listening(cluster, 1, { env: journal.env });
      const [last] = workers;
      const go = temporaryPath('go');
      last.send([name, go]);
      await once(last, 'message');
      const clients = load(port, { count: CLIENTS });
      const areAccepted = () => cluster.stats().accepted === CLIENTS;
      assert.ok(await settled(areAccepted));
      fs.writeFileSync(go, '');

      const { failed } = await clients;
      assert.strictEqual(failed.length, CLIENTS);
      const failures = new Set(failed.map(({ failure }) => failure));
      assert.deepStrictEqual(failures, new Set(['closed without an answer']));
      await assert.rejects(read(port), { code: 'ECONNREFUSED' });
      last.process.kill('SIGKILL');
      await exited(last);
    },
    worker,
  });
}

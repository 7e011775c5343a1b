'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { scenario, exited } = require('../harness');

const EXEC = path.join(__dirname, '../fixtures/disconnect-at-top-level.mjs');

for (const [type, exec] of [
  ['a URL', pathToFileURL(EXEC)],
  ['a path', EXEC],
]) {
  scenario(`an ES module given as ${type} is a worker that may disconnect at its top level`, {
    async primary(cluster) {
      cluster.setupPrimary({ exec, args: ['an argument'] });
      assert.strictEqual(cluster.settings.exec, exec);
      const worker = cluster.fork();
      const disconnected = once(worker, 'disconnect');
      assert.deepStrictEqual(await exited(worker), [42, null]);
      await disconnected;
      assert.strictEqual(worker.exitedAfterDisconnect, false);
    },
  });
}

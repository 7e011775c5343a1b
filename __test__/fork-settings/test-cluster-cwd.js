'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const { scenario, exited, temporaryPath } = require('../harness');

async function directoryOf(worker) {
  worker.send('where are you');
  const [directory] = await once(worker, 'message');
  return directory;
}

scenario('workers start in settings.cwd, once it is set', {
  async primary(cluster) {
    assert.strictEqual(cluster.settings.cwd, undefined);
    const early = cluster.fork();
    assert.strictEqual(cluster.settings.cwd, undefined);
    assert.strictEqual(await directoryOf(early), process.cwd());

    const cwd = temporaryPath('cwd');
    fs.mkdirSync(cwd);
    cluster.setupPrimary({ cwd });
    assert.strictEqual(cluster.settings.cwd, cwd);
    const late = cluster.fork();
    assert.strictEqual(await directoryOf(late), fs.realpathSync(cwd));
    assert.strictEqual(await directoryOf(early), process.cwd());

    for (const worker of [early, late]) {
      worker.disconnect();
      assert.deepStrictEqual(await exited(worker), [0, null]);
    }
  },
  worker() {
    process.on('message', () => process.send(process.cwd()));
  },
});

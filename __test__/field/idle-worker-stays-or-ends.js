'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { setTimeout } = require('node:timers/promises');
const { scenario, exited } = require('../harness');

/** How long a worker is watched for staying alive, in ms. */
const WHILE = 400;

const removeAll = () => {
  process.removeAllListeners('message');
  process.removeAllListeners('disconnect');
};

const STAYS = {
  'does nothing': () => {},
  'has ref’ed its channel again': () => {
    process.channel.unref();
    process.channel.ref();
  },
  "has removed the listeners of 'message'": () => process.removeAllListeners('message'),
  "has removed the listeners of 'disconnect'": () => process.removeAllListeners('disconnect'),
  "listens for 'message'": () => {
    removeAll();
    process.on('message', () => {});
  },
  "listens for 'disconnect'": () => {
    removeAll();
    process.on('disconnect', () => {});
  },
};

const LEAVES = {
  'has unref’ed its channel': () => process.channel.unref(),
  "has removed the listeners of 'message' and 'disconnect'": removeAll,
  "has listened for 'message' and no longer does": () => {
    removeAll();
    const listener = () => {};
    process.on('message', listener);
    process.off('message', listener);
  },
  'has unref’ed its channel, whatever it listens for': () => {
    process.channel.unref();
    process.on('message', () => {});
    process.on('disconnect', () => {});
  },
};

for (const [name, prepare] of Object.entries(STAYS)) {
  scenario(`an idle worker that ${name} stays`, {
    async primary(cluster) {
      const worker = cluster.fork();
      const end = exited(worker);
      await once(worker, 'message');
      await setTimeout(WHILE);
      assert.strictEqual(worker.isDead(), false);
      worker.process.disconnect();
      assert.deepStrictEqual(await end, [0, null]);
    },
    worker() {
      process.send('ready');
      prepare();
    },
  });
}

for (const [name, prepare] of Object.entries(LEAVES)) {
  scenario(`an idle worker that ${name} comes to its end`, {
    async primary(cluster) {
      assert.deepStrictEqual(await exited(cluster.fork()), [0, null]);
    },
    worker() {
      prepare();
    },
  });
}

scenario('a primary that has unref’ed its worker and the channel comes to its end', {
  async primary(cluster) {
    const worker = cluster.fork();
    await once(worker, 'online');
    assert.strictEqual(typeof worker.process.channel.ref, 'function');
    worker.process.channel.unref();
    worker.process.unref();
    process.on('exit', () => assert.strictEqual(worker.isDead(), false));
  },
  worker() {},
});

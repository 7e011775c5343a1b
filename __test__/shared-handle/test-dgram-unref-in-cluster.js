'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario('unref() before bind() is kept', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    assert.deepStrictEqual(await once(worker, 'message'), [{ unrefed: false, plain: true }, undefined]);
    assert.deepStrictEqual(await end, [7, null]);
  },
  worker() {
    const isHeld = () => process.getActiveResourcesInfo().some((name) => /^udp/i.test(name));
    const unrefed = dgram.createSocket('udp4').unref();
    unrefed.bind(0, () => {
      const held = { unrefed: isHeld() };
      const plain = dgram.createSocket('udp4');
      plain.bind(0, () => {
        held.plain = isHeld();
        process.nextTick(() => plain.close());
        process.exitCode = 7;
        process.send(held, () => process.channel.unref());
      });
    });
  },
});

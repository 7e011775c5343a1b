'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

scenario("settings.serialization = 'advanced' carries what JSON cannot", {
  async primary(cluster) {
    cluster.settings.serialization = 'advanced';
    const worker = cluster.fork();
    const circle = { when: new Date(0), bytes: Buffer.from('bytes'), map: new Map([[1n, undefined]]) };
    circle.self = circle;
    worker.send(circle);

    const [{ isCircle, back }] = await once(worker, 'message');
    assert.strictEqual(isCircle, true);
    assert.deepStrictEqual(back, circle);
    assert.strictEqual(back.self, back);
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker() {
    process.on('message', (back) => process.send({ isCircle: back.self === back, back }));
  },
});

'use strict';

const assert = require('node:assert');
const { NODE, scenario, exited } = require('../harness');

const COUNT = 10;
/** Near the size of one read, so that a length lies across the border of two reads at some point. */
const SIZES = [65_521, 65_530, 65_536];

for (const size of SIZES) {
  scenario(`ten buffers of ${size} bytes arrive, each sent when the one before it is written`, {
    skipBuiltin: NODE < 20 ? 'it waits for ever where the border of two reads cuts a length' : undefined,
    async primary(cluster) {
      cluster.setupPrimary({ serialization: 'advanced' });
      const worker = cluster.fork();
      const answers = [];
      let sent = 0;
      const send = (error) => {
        assert.ok(error == null);
        if (sent < COUNT) worker.send(Buffer.alloc(size, ++sent), send);
      };
      send();
      worker.on('message', (message) => {
        answers.push(message);
        if (answers.length === COUNT) worker.disconnect();
      });
      assert.deepStrictEqual(await exited(worker), [0, null]);
      assert.deepStrictEqual(
        answers,
        Array.from({ length: COUNT }, (_, i) => ({ length: size, first: i + 1, last: i + 1 })),
      );
    },

    worker() {
      process.on('message', (buffer) => {
        process.send({ length: buffer.length, first: buffer[0], last: buffer.at(-1) });
      });
    },
  });
}

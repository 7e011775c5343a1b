'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

/** Four ASCII characters at the front, so that reads of even lengths cut characters in two, too. */
const TWO_BYTES = 'ß'.repeat(400_000 - 4);
const ALL_LENGTHS = 'aß€😀'.repeat(50_000);

scenario('long texts of characters of several bytes go both ways unchanged', {
  async primary(cluster) {
    for (const text of [TWO_BYTES, `x${TWO_BYTES}`, ALL_LENGTHS]) {
      const worker = cluster.fork();
      worker.send(text);
      const [answer] = await once(worker, 'message');
      // No strictEqual: its report of a difference would be as long as the texts.
      assert.ok(answer === text, `${answer.length} characters came back of ${text.length}`);
      assert.deepStrictEqual(await exited(worker), [0, null]);
    }
  },

  worker(cluster) {
    process.once('message', (text) => {
      process.send(text, (error) => {
        assert.strictEqual(error, null);
        cluster.worker.disconnect();
      });
    });
  },
});

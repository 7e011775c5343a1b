'use strict';

const assert = require('node:assert');
const { scenario } = require('../harness');

scenario("the primary's own 'uncaughtException' listener decides how it ends", {
  async primary(cluster) {
    process.on('uncaughtException', (error) => {
      console.log(`caught: ${error.message}`);
      process.exit(42);
    });
    cluster.fork();
    process.nextTick(() => {
      throw new Error('thrown on purpose');
    });
    await new Promise(() => {});
  },
  worker() {},
  check({ code, signal, stdout, stderr }) {
    assert.deepStrictEqual({ code, signal }, { code: 42, signal: null }, stderr);
    assert.strictEqual(stdout, 'caught: thrown on purpose\n');
  },
});

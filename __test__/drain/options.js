'use strict';

// What drain() refuses, it refuses with Node's errors, and names the option.

const assert = require('node:assert');
const { scenario } = require('../harness');

const WRONG = [
  [null, 'ERR_INVALID_ARG_TYPE', /"options"/],
  [7, 'ERR_INVALID_ARG_TYPE', /"options"/],
  [{ timeout: '7' }, 'ERR_INVALID_ARG_TYPE', /"options\.timeout" property must be of type number/],
  [{ idleGrace: null, timeout: true }, 'ERR_INVALID_ARG_TYPE', /"options\.timeout"/],
  [{ timeout: -1 }, 'ERR_OUT_OF_RANGE', /"options\.timeout"/],
  [{ timeout: 1.5 }, 'ERR_OUT_OF_RANGE', /"options\.timeout"/],
  [{ timeout: Infinity }, 'ERR_OUT_OF_RANGE', /"options\.timeout"/],
  [{ idleGrace: NaN }, 'ERR_OUT_OF_RANGE', /"options\.idleGrace"/],
  [{ killTimeout: 2 ** 31 }, 'ERR_OUT_OF_RANGE', /"options\.killTimeout"/],
];

scenario('a wrong option of drain() is an error that names it, and the worker is not drained', {
  skipBuiltin: 'it has no drain()',
  async primary(cluster) {
    const worker = cluster.fork();
    for (const [options, code, message] of WRONG) {
      assert.throws(() => worker.drain(options), { code, message });
    }
    assert.strictEqual(worker.state, 'none');
    assert.strictEqual(worker.exitedAfterDisconnect, undefined);
    await worker.drain({});
  },
  worker() {},
});

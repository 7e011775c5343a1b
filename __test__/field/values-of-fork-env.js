'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

const LARGE = 'x'.repeat(100_000);

scenario('fork(env) turns values into strings, and takes large ones', {
  async primary(cluster) {
    process.env.KEPT = 'kept';
    process.env.REMOVED = 'removed';
    const worker = cluster.fork({
      NUMBER: 1.5,
      YES: true,
      NOTHING: null,
      LIST: [1, 2],
      OBJECT: {},
      EMPTY: '',
      LARGE,
      REMOVED: undefined,
    });
    const end = exited(worker);
    const [seen] = await once(worker, 'message');
    assert.deepStrictEqual(seen, {
      KEPT: 'kept',
      NUMBER: '1.5',
      YES: 'true',
      NOTHING: 'null',
      LIST: '1,2',
      OBJECT: '[object Object]',
      EMPTY: '',
      LARGE,
    });
    assert.deepStrictEqual(await end, [0, null]);
    assert.strictEqual(process.env.LARGE, undefined);
  },
  worker() {
    const { KEPT, NUMBER, YES, NOTHING, LIST, OBJECT, EMPTY, LARGE, REMOVED } = process.env;
    process.send({ KEPT, NUMBER, YES, NOTHING, LIST, OBJECT, EMPTY, LARGE, REMOVED }, () => {
      process.disconnect();
    });
  },
});

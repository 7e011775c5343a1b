'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

function refuses(target) {
  const never = () => assert.fail('the callback of a refused message was called');
  for (const options of [null, 'text', 7]) {
    const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /"options"/ };
    assert.throws(() => target.send({ a: 1 }, null, options), expected);
    assert.throws(() => target.send({ a: 1 }, null, options, never), expected);
  }
  const expected = { name: 'TypeError', code: 'ERR_INVALID_HANDLE_TYPE' };
  assert.throws(() => target.send({ a: 1 }, 'no handle'), expected);
  assert.throws(() => target.send({ a: 1 }, 'no handle', {}), expected);
  assert.throws(() => target.send({ a: 1 }, { fd: 1 }, never), expected);
}

scenario('bad options and bad handles throw in both processes, and nothing of it is sent', {
  async primary(cluster) {
    const worker = cluster.fork();
    refuses(worker);
    refuses(worker.process);
    worker.send('the first message');
    const [answer] = await once(worker, 'message');
    assert.strictEqual(answer, 'the first message');
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker(cluster) {
    refuses(process);
    refuses(cluster.worker);
    process.on('message', (message) => process.send(message));
  },
});

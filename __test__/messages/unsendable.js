'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

/** What cannot be sent, and how Node words it, on all lines. */
const MESSAGES = [
  [Symbol('s'), 'type symbol (Symbol(s))'],
  [Symbol(), 'type symbol (Symbol())'],
  [{ arrow: () => {} }.arrow, 'function arrow'],
  [function named() {}, 'function named'],
  [class Class {}, 'function Class'],
  [1n, 'type bigint (1n)'],
];

const OPTIONS = [
  [null, 'null'],
  ['text', "type string ('text')"],
  [7, 'type number (7)'],
  [true, 'type boolean (true)'],
  [[], 'an instance of Array'],
  [Symbol('o'), 'type symbol (Symbol(o))'],
];

function refuses(target) {
  const never = () => assert.fail('the callback of a refused message was called');
  const isType = (message) => ({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message });
  for (const [value, received] of MESSAGES) {
    const expected = `The "message" argument must be one of type string, object, number, or boolean. Received ${received}`;
    assert.throws(() => target.send(value), isType(expected));
    assert.throws(() => target.send(value, never), isType(expected));
  }
  for (const [value, received] of OPTIONS) {
    const expected = `The "options" argument must be of type object. Received ${received}`;
    assert.throws(() => target.send('text', undefined, value, never), isType(expected));
  }
  const missing = {
    name: 'TypeError',
    code: 'ERR_MISSING_ARGS',
    message: 'The "message" argument must be specified',
  };
  assert.throws(() => target.send(), missing);
  assert.throws(() => target.send(undefined, never), missing);
}

for (const serialization of ['json', 'advanced']) {
  scenario(`${serialization}: what cannot be sent is refused in Node's words`, {
    async primary(cluster) {
      cluster.setupPrimary({ serialization });
      const worker = cluster.fork();
      refuses(worker);
      refuses(worker.process);
      worker.send('the first message');
      const [answer] = await once(worker, 'message');
      assert.strictEqual(answer, 'the first message');
      worker.disconnect();
      assert.deepStrictEqual(await exited(worker), [0, null]);
    },
    worker() {
      refuses(process);
      process.on('message', (message) => process.send(message));
    },
  });
}

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

/** What no process object sends. */
function refuses(target) {
  const missing = {
    name: 'TypeError',
    code: 'ERR_MISSING_ARGS',
    message: 'The "message" argument must be specified',
  };
  const invalid = {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_TYPE',
    message: /^The "message" argument must be one of type string, object, number, or boolean\. Received /,
  };
  assert.throws(() => target.send(), missing);
  assert.throws(() => target.send(undefined), missing);
  for (const value of [Symbol('no message'), () => {}, 1n]) assert.throws(() => target.send(value), invalid);
}

scenario('a value that is no message is refused, and an object goes both ways', {
  async primary(cluster) {
    const worker = cluster.fork();
    refuses(worker);
    refuses(worker.process);
    assert.strictEqual(worker.send({ from: 'the primary', list: [1, null, 'ß'] }), true);
    const [answer] = await once(worker, 'message');
    assert.deepStrictEqual(answer, { got: { from: 'the primary', list: [1, null, 'ß'] } });
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker(cluster) {
    refuses(process);
    refuses(cluster.worker);
    process.once('message', (message) => process.send({ got: message }));
  },
});

scenario('every type that may be a message arrives as it is', {
  async primary(cluster) {
    const messages = ['', 'text', 0, -1.5, true, false, null, [], {}, [[1], { a: null }]];
    const worker = cluster.fork();
    for (const message of messages) worker.send(message);
    const answers = [];
    worker.on('message', (message) => {
      answers.push(message);
      if (answers.length === messages.length) worker.disconnect();
    });
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.deepStrictEqual(answers, messages);
  },

  worker() {
    process.on('message', (message) => process.send(message));
  },
});

scenario('the lists of arguments in the settings are not changed by fork', {
  async primary(cluster) {
    const args = ['one', 'two'];
    const execArgv = ['--no-warnings'];
    cluster.setupPrimary({ args, execArgv });
    const worker = cluster.fork();
    assert.deepStrictEqual(args, ['one', 'two']);
    assert.deepStrictEqual(execArgv, ['--no-warnings']);
    assert.strictEqual(cluster.settings.args, args);
    assert.strictEqual(cluster.settings.execArgv, execArgv);
    const [seen] = await once(worker, 'message');
    assert.deepStrictEqual(seen, { args, execArgv });
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },

  worker() {
    process.send({ args: process.argv.slice(2), execArgv: process.execArgv });
  },
});

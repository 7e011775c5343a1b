'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const { scenario, exited, temporaryPath } = require('../harness');

const EXIT_CODE = 3;
const LAST_WORDS = [...Array(100).keys(), 'at exit', 'and more'];

/** Forks, and writes down what the process object emits, to its end. */
async function events(cluster, env) {
  const subprocess = cluster.fork(env).process;
  const seen = [];
  for (const event of ['message', 'exit', 'close']) {
    subprocess.on(event, (...args) => seen.push(event === 'message' ? args[0] : [event, ...args]));
  }
  await once(subprocess, 'close');
  await new Promise(setImmediate);
  return seen;
}

scenario("a message sent before process.exit() arrives, and 'close' comes last", {
  async primary(cluster) {
    const seen = await events(cluster);
    assert.deepStrictEqual(seen.at(-1), ['close', 0, null]);
    assert.strictEqual(seen.length, 3);
    assert.ok(seen.includes('bye'));
    assert.ok(seen.some((event) => event[0] === 'exit' && event[1] === 0));
  },

  worker() {
    process.send('bye');
    process.exit(0);
  },
});

scenario('many messages sent in the tick of process.exit() arrive, and those sent at exit', {
  async primary(cluster) {
    const seen = await events(cluster);
    assert.deepStrictEqual(seen.at(-1), ['close', EXIT_CODE, null]);
    const messages = seen.filter((event) => !Array.isArray(event));
    assert.deepStrictEqual(messages, LAST_WORDS);
  },

  worker() {
    process.on('exit', () => {
      process.send('at exit');
      process.send('and more');
    });
    for (let i = 0; i < 100; i++) process.send(i);
    process.exit(EXIT_CODE);
  },
});

for (const [when, words] of [
  ['', LAST_WORDS.slice(0, 100)],
  [', and those sent at exit', LAST_WORDS],
]) {
  scenario(`many messages sent in the tick of the primary's process.exit() arrive${when}`, {
    async primary(cluster) {
      const workers = [cluster.fork(), cluster.fork()];
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      const tell = (messages) => {
        for (const message of messages) for (const worker of workers) worker.send(message);
      };
      const atExit = words.slice(100);
      if (atExit.length > 0) process.on('exit', () => tell(atExit));
      tell(words.slice(0, 100));
      process.exit(EXIT_CODE);
    },

    worker() {
      const messages = [];
      process.on('message', (message) => messages.push(message));
      process.on('exit', () => fs.writeSync(1, `${JSON.stringify(messages)}\n`));
      process.send('here');
    },

    check({ code, signal, stdout, stderr }) {
      assert.deepStrictEqual([code, signal, stderr], [EXIT_CODE, null, '']);
      const line = `${JSON.stringify(words)}\n`;
      assert.strictEqual(stdout, line + line);
    },
  });
}

scenario('messages sent before an uncaught error arrive', {
  async primary(cluster) {
    cluster.setupPrimary({ silent: true });
    const seen = await events(cluster);
    assert.deepStrictEqual(seen.at(-1), ['close', 1, null]);
    assert.deepStrictEqual(
      seen.filter((event) => !Array.isArray(event)),
      [1, 2, 3],
    );
  },

  worker() {
    for (const i of [1, 2, 3]) process.send(i);
    throw new Error('as planned');
  },
});

scenario('messages sent before a worker is killed arrive', {
  async primary(cluster) {
    const worker = cluster.fork();
    const closed = once(worker.process, 'close');
    const messages = [];
    worker.on('message', (message) => messages.push(message));
    assert.deepStrictEqual(await exited(worker), [null, 'SIGKILL']);
    await closed;
    assert.deepStrictEqual(messages, [1, 2, 3]);
  },

  worker() {
    for (const i of [1, 2, 3]) process.send(i);
    process.kill(process.pid, 'SIGKILL');
  },
});

scenario('messages sent before a worker blocks arrive at once', {
  async primary(cluster) {
    const file = temporaryPath('arrived');
    const worker = cluster.fork({ RS_TEST_FILE: file });
    const messages = [];
    worker.on('message', (message) => {
      messages.push(message);
      if (messages.length === 3) fs.writeFileSync(file, '');
    });
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.deepStrictEqual(messages, [1, 2, 3]);
  },

  worker() {
    for (const i of [1, 2, 3]) process.send(i);
    const limit = Date.now() + 3000;
    while (!fs.existsSync(process.env.RS_TEST_FILE)) if (Date.now() > limit) process.exit(1);
    process.exit(0);
  },
});

scenario('a worker that is killed while it writes a message is no error', {
  async primary(cluster) {
    const worker = cluster.fork();
    worker.on('message', () => assert.fail('it was never whole'));
    const disconnected = once(worker, 'disconnect');
    assert.deepStrictEqual(await exited(worker), [null, 'SIGKILL']);
    await disconnected;
  },

  worker() {
    process.send('x'.repeat(16 * 1024 * 1024));
    process.kill(process.pid, 'SIGKILL');
  },
});

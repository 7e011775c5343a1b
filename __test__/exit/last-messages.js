'use strict';

// What was sent before a process exits arrives, whatever its 'exit' listeners do.

const assert = require('node:assert');
const fs = require('node:fs');
const { once } = require('node:events');
const { scenario, exited, temporaryPath } = require('../harness');

const COUNT = 50;

/** More than are written at once, so that most are pending until the end of a tick that never comes. */
function sendAll(target) {
  for (let i = 0; i < COUNT; i++) target.send({ i });
}

const fail = () => {
  throw new Error('intended');
};

/** How a process may end, after it has sent messages in one tick. */
const ENDINGS = {
  'process.exit()': () => process.exit(),
  'process.exit(), and nobody listens for exit any more'() {
    process.removeAllListeners('exit');
    process.exit();
  },
  'process.exit() in its first exit listener'() {
    process.prependListener('exit', () => process.exit());
    process.exit();
  },
  'its first exit listener throws'() {
    process.prependListener('exit', fail);
    process.exit();
  },
  'an uncaught exception, and nobody listens for exit any more'() {
    process.removeAllListeners('exit');
    fail();
  },
  'process.reallyExit()': () => process.reallyExit(0),
  'process.exit(), whose end a package has wrapped'() {
    const { reallyExit } = process;
    process.reallyExit = (code) => reallyExit.call(process, code);
    process.removeAllListeners('exit');
    process.exit();
  },
};

for (const serialization of ['json', 'advanced']) {
  for (const [name, end] of Object.entries(ENDINGS)) {
    scenario(`${serialization}: a worker's last messages arrive: ${name}`, {
      async primary(cluster) {
        cluster.setupPrimary({ serialization, silent: true });
        const worker = cluster.fork();
        const seen = [];
        worker.on('message', ({ i }) => seen.push(i));
        await Promise.all([exited(worker), once(worker, 'disconnect')]);
        assert.deepStrictEqual(
          seen,
          Array.from({ length: COUNT }, (_, i) => i),
        );
      },
      worker() {
        // Outside of any promise, so that what is thrown ends it.
        setImmediate(() => {
          sendAll(process);
          end();
        });
      },
    });
  }
}

/** What a worker sends in its exit listener, when it ends by itself. */
const LISTENERS = {
  'nobody else listens for exit': () => process.removeAllListeners('exit'),
  'the next exit listener throws': () => process.removeAllListeners('exit').prependListener('exit', fail),
};

for (const [name, prepare] of Object.entries(LISTENERS)) {
  scenario(`what a worker sends in an exit listener arrives, if it ends by itself: ${name}`, {
    async primary(cluster) {
      cluster.setupPrimary({ silent: true });
      const worker = cluster.fork();
      let count = 0;
      worker.on('message', () => count++);
      await Promise.all([exited(worker), once(worker, 'disconnect')]);
      assert.strictEqual(count, COUNT);
    },
    worker() {
      prepare();
      process.prependListener('exit', () => sendAll(process));
      process.channel.unref();
    },
  });
}

for (const [name, end] of Object.entries(ENDINGS)) {
  const file = process.env.RS_TEST_FILE ?? temporaryPath(name.replaceAll(/\W/g, '-'));
  scenario(`a primary's last messages arrive: ${name}`, {
    env: { RS_TEST_FILE: file },
    primary(cluster) {
      const worker = cluster.fork();
      worker.on('online', () => {
        sendAll(worker);
        end();
      });
      return once(worker, 'exit');
    },
    worker() {
      let count = 0;
      process.on('message', () => count++);
      process.on('exit', () => fs.writeFileSync(file, `${count}`));
    },
    check: () => assert.strictEqual(fs.readFileSync(file, 'utf8'), `${COUNT}`),
  });
}

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const { BUILTIN, NODE, scenario, exited } = require('../harness');

/** The builtin reads on past a message without a byte. */
const LENGTHS = [...(BUILTIN ? [] : [0]), 1, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff];

function write(times) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Number(process.env.RS_TEST_LENGTH));
  const text = Buffer.concat(new Array(times).fill(bytes));
  assert.strictEqual(fs.writeSync(process.channel.fd, text), text.length);
}

for (const serialization of ['advanced', 'json']) {
  scenario(`a worker that writes only a length and exits does no harm (${serialization})`, {
    skipBuiltin:
      (serialization === 'json' && 'it sends no lengths') || (NODE < 22 && 'some of its releases crash'),
    async primary(cluster) {
      cluster.setupPrimary({ serialization });
      for (const length of LENGTHS) {
        const worker = cluster.fork({ RS_TEST_LENGTH: length });
        worker.on('message', (message) => assert.fail(`${message} was never sent`));
        const disconnected = once(worker, 'disconnect');
        assert.deepStrictEqual(await exited(worker), [0, null], `length ${length}`);
        await disconnected;
        assert.strictEqual(worker.isConnected(), false);
      }
      assert.deepStrictEqual(Object.keys(cluster.workers), []);
    },

    worker() {
      write(1);
      process.exit(0);
    },
  });

  scenario(`a worker that violates the protocol is disconnected, and the primary warns (${serialization})`, {
    skipBuiltin: 'it does not disconnect the worker',
    async primary(cluster) {
      cluster.setupPrimary({ serialization });
      const warnings = [];
      process.on('warning', (warning) => warnings.push(warning));
      for (const length of LENGTHS) {
        const worker = cluster.fork({ RS_TEST_LENGTH: length });
        worker.on('message', (message) => assert.fail(`${message} was never sent`));
        // No once(): that listens for 'error', too.
        const end = await new Promise((resolve) => worker.on('exit', (...args) => resolve(args)));
        assert.deepStrictEqual(end, [0, null], `length ${length}`);
      }
      assert.strictEqual(warnings.length, LENGTHS.length);
      for (const { message } of warnings) assert.match(message, /channel was closed/);
    },

    worker: () => write(16),
  });
}

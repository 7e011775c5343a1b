'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const { BUILTIN, NODE, scenario, exited } = require('../harness');

/** The builtin reads on past a message without a byte. */
const LENGTHS = [...(BUILTIN ? [] : [0]), 1, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff];

// The builtin's framing has a length in 'advanced' only. Ours has one always, and more after it.
for (const [serialization, repeat] of [
  ['advanced', 1],
  ['advanced', 16],
  ['json', 1],
  ['json', 16],
]) {
  scenario(`a worker that writes a false length ${repeat} times (${serialization}) does no harm`, {
    for: serialization === 'advanced' && repeat === 1 ? 'both' : 'ours',
    skipBuiltin: NODE < 22 ? 'some of its releases crash' : undefined,
    async primary(cluster) {
      cluster.setupPrimary({ serialization, silent: true });
      process.on('warning', () => {}); // We say that the worker spoke nonsense.
      for (const length of LENGTHS) {
        const worker = cluster.fork({ RS_TEST_LENGTH: length, RS_TEST_REPEAT: repeat });
        worker.on('message', (message) => assert.fail(`${message} was never sent`));
        const disconnected = once(worker, 'disconnect');
        assert.deepStrictEqual(await exited(worker), [0, null], `length ${length}`);
        await disconnected;
        assert.strictEqual(worker.isConnected(), false);
      }
      assert.deepStrictEqual(Object.keys(cluster.workers), []);

      const worker = cluster.fork({ RS_TEST_LENGTH: '' });
      assert.deepStrictEqual(await once(worker, 'message'), ['well', undefined]);
      worker.disconnect();
      assert.deepStrictEqual(await exited(worker), [0, null]);
    },

    worker() {
      const length = process.env.RS_TEST_LENGTH;
      if (length === '') {
        process.send('well');
        return;
      }
      assert.ok(Number.isInteger(process.channel.fd), `the channel's descriptor is ${process.channel.fd}`);
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(Number(length));
      const text = Buffer.concat(new Array(Number(process.env.RS_TEST_REPEAT)).fill(bytes));
      assert.strictEqual(fs.writeSync(process.channel.fd, text), text.length);
      process.exit(0);
    },
  });
}

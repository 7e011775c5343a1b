'use strict';

const assert = require('node:assert');
const http = require('node:http');
const { scenario, listening, exited } = require('../harness');

scenario('a listening worker is killed from outside', {
  async primary(cluster) {
    const {
      workers: [worker],
    } = await listening(cluster);
    const { pid } = worker.process;
    const events = [];
    for (const [name, emitter] of Object.entries({ worker, cluster })) {
      emitter.on('disconnect', () => {
        events.push(`${name} disconnect`);
        assert.strictEqual(worker.state, 'disconnected');
        assert.strictEqual(worker.exitedAfterDisconnect, false);
      });
      emitter.on('exit', (...args) => {
        events.push(`${name} exit`);
        assert.deepStrictEqual(args.slice(-2), [null, 'SIGKILL']);
        assert.strictEqual(worker.process.exitCode, null);
        assert.strictEqual(worker.process.signalCode, 'SIGKILL');
        assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
      });
    }
    const end = exited(worker);
    process.kill(pid, 'SIGKILL');
    await end;
    process.on('exit', () => {
      assert.deepStrictEqual(events.sort(), [
        'cluster disconnect',
        'cluster exit',
        'worker disconnect',
        'worker exit',
      ]);
    });
  },
  worker() {
    http.createServer().listen(0, '127.0.0.1');
  },
});

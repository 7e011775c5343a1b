'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const os = require('node:os');
const { scenario } = require('../harness');

/** Waits for an event, and unlike `once` of `events` not for an 'error' as well. */
const event = (emitter, name) => new Promise((resolve) => emitter.once(name, (...args) => resolve(args)));

function flood(worker) {
  if (!worker.isConnected()) return;
  worker.send('noise');
  setImmediate(flood, worker);
}

scenario('workers leave in both ways at once while messages are still sent to them', {
  async primary(cluster) {
    const workers = Array.from({ length: Math.max(4, os.cpus().length) }, () => cluster.fork());
    await Promise.all(workers.map((worker) => once(worker, 'online')));
    const events = [];
    const ends = workers.map((worker, index) => {
      worker.on('disconnect', () => events.push(`${worker.id} disconnect`));
      worker.on('exit', () => events.push(`${worker.id} exit`));
      worker.on('error', ({ syscall, code }) => {
        assert.strictEqual(syscall, 'write');
        assert.ok(['EPIPE', 'ECONNRESET'].includes(code), code);
      });
      worker.send(index % 2 === 0 ? 'disconnect' : 'destroy');
      flood(worker);
      return Promise.all([event(worker, 'exit'), event(worker, 'disconnect')]);
    });
    for (const [end] of await Promise.all(ends)) assert.deepStrictEqual(end, [0, null]);
    const expected = workers.flatMap(({ id }) => [`${id} disconnect`, `${id} exit`]);
    process.on('exit', () => assert.deepStrictEqual(events.sort(), expected.sort()));
  },
  worker(cluster) {
    process.on('message', (message) => {
      if (message !== 'noise') cluster.worker[message]();
    });
  },
});

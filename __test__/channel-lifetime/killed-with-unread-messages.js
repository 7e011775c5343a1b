'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { scenario, listening, exited, settled, descriptors, temporaryPath } = require('../harness');

/** What the worker sends: more than one read takes (64 KiB), less than its socket holds (208 KiB by default). */
const COUNT = 8;
const TEXT = 'x'.repeat(15_000);

/** More than a socket holds: the rest waits in the primary. */
const LONG = 'x'.repeat(1 << 20);

/** Blocks this process's JavaScript, so that it reads nothing, until `condition`. */
function block(condition) {
  const start = Date.now();
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!condition()) {
    assert.ok(Date.now() - start < 20_000, 'it takes too long');
    Atomics.wait(cell, 0, 0, 5);
  }
}

/** Whether a process has closed all that it had: it waits to be reaped, and its other threads have ended. */
function hasEnded(pid) {
  const isZombie = /^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'latin1'));
  return isZombie && fs.readdirSync(`/proc/${pid}/task`).length === 1;
}

// A unix socket that is closed with bytes unread in it gives the other end not only an end, but an
// error (ECONNRESET), behind what that end has not read either. libuv reports it once, and watches
// the socket no more.
for (const [what, message, hasLeft] of [
  ['messages unread on both sides', 'unread', true],
  ['messages unread on both sides, and one of them half sent', LONG, false],
]) {
  scenario(`a worker that is killed with ${what} is read to its end, disconnects and exits`, {
    timeout: 30_000,
    async primary(cluster) {
      // With this one, the primary has opened what it keeps open.
      const [other] = (await listening(cluster)).workers;
      const before = descriptors();
      const [killed] = (await listening(cluster)).workers;
      const heard = [];
      killed.on('message', ([n, text]) => heard.push(text === TEXT ? n : 'something else'));
      for (const event of ['disconnect', 'error']) killed.on(event, () => heard.push(event));
      const exits = [];
      killed.on('exit', (...outcome) => exits.push(outcome));
      const end = Promise.all([once(killed, 'disconnect'), once(killed, 'exit')]);

      // What is sent leaves at once. All this is one tick: nothing is read here before its end, and
      // nothing in the worker after the first message.
      const sent = temporaryPath('sent');
      killed.send(sent);
      block(() => fs.existsSync(sent));
      assert.strictEqual(killed.send(message), hasLeft);
      killed.process.kill('SIGKILL');
      block(() => hasEnded(killed.process.pid));
      assert.deepStrictEqual([heard, exits], [[], []]);

      await end;
      // The reactor's thread sees for itself that the worker is gone.
      assert.ok(await settled(() => descriptors() === before), `before: ${before}, after: ${descriptors()}`);
      other.disconnect();
      assert.deepStrictEqual(await exited(other), [0, null]);
      assert.deepStrictEqual(heard, [...Array(COUNT).keys(), 'disconnect']);
      assert.deepStrictEqual(exits, [[null, 'SIGKILL']]);
    },

    worker() {
      net.createServer().listen(0, '127.0.0.1');
      process.once('message', (sent) => {
        for (let n = 0; n < COUNT - 1; n++) process.send([n, TEXT]);
        process.send([COUNT - 1, TEXT], () => {
          fs.writeFileSync(sent, '');
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        });
      });
    },
  });
}

'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { Worker: Thread } = require('node:worker_threads');
const { scenario, settled, descriptors, exited } = require('../harness');

/** Runs one of the functions of `fixtures/thread.js`. */
function thread(role, env) {
  const file = path.join(__dirname, 'fixtures/thread.js');
  return new Thread(file, { workerData: role, env: { ...process.env, ...env } });
}

/** What a thread says, when it has said it. */
async function answer(role, env) {
  const [message] = await once(thread(role, env), 'message');
  return message;
}

const UNSUPPORTED = 'ERR_WORKER_UNSUPPORTED_OPERATION';

async function checkChannel() {
  const none = { send: 'undefined', disconnect: 'undefined', channel: 'undefined', connected: 'undefined' };
  assert.deepStrictEqual(await answer('channel'), none);
  // Node looks at this variable to see whether the process has a channel.
  const refused = {
    send: UNSUPPORTED,
    disconnect: UNSUPPORTED,
    channel: UNSUPPORTED,
    connected: UNSUPPORTED,
  };
  assert.deepStrictEqual(await answer('channel', { NODE_CHANNEL_FD: '3' }), refused);
}

scenario('a thread has no channel, in the primary or in a worker', {
  async primary(cluster) {
    await checkChannel();
    assert.deepStrictEqual(await exited(cluster.fork()), [0, null]);
  },
  async worker() {
    await checkChannel();
    process.disconnect();
  },
});

scenario('a thread forks and is a primary, in a primary or in a worker', {
  async primary(cluster) {
    assert.deepStrictEqual(await answer('primary'), ['online', 'message', 'listening', 'exit']);
    assert.deepStrictEqual(await exited(cluster.fork()), [0, null]);
  },
  async worker() {
    assert.deepStrictEqual(await answer('primary'), ['online', 'message', 'listening', 'exit']);
    process.disconnect();
  },
});

scenario('threads come and go, and workers of the main thread and its messages stay', {
  async primary(cluster) {
    const worker = cluster.fork();
    let sent = 0;
    let done = false;
    worker.on('message', (count) => {
      assert.strictEqual(count, sent);
      if (!done) worker.send(++sent);
    });
    await once(worker, 'online');
    worker.send(++sent);
    for (let round = 0; round < 5; round++) {
      const before = sent;
      const threads = Array.from({ length: 4 }, () => thread(round % 2 ? 'nothing' : 'primary'));
      await Promise.all(threads.map((each) => once(each, 'exit')));
      assert.ok(await settled(() => sent > before));
    }
    done = true;
    worker.kill();
    await once(worker, 'exit');
  },
  worker() {
    process.on('message', (count) => process.send(count));
  },
});

scenario('a thread that forked is terminated: its workers leave, its descriptors are closed', {
  async primary() {
    // What a process opens once for all its threads, it opens for the first.
    await end(thread('stays'));
    const before = descriptors();
    for (let round = 0; round < 5; round++) await Promise.all([end(thread('stays')), end(thread('chats'))]);
    assert.ok(
      await settled(() => descriptors() <= before),
      `${descriptors()} descriptors, and not ${before}`,
    );
  },
});

async function end(each) {
  const [pid] = await once(each, 'message');
  await each.terminate();
  assert.ok(await settled(() => !runs(pid)));
}

/** The loop that would have waited for a thread's child is gone: what remains of it is a zombie. */
function runs(pid) {
  try {
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

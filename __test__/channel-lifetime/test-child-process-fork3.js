'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

// A plain fork() that does nothing exits. A worker stays, for its Worker listens for messages.

/** How long a worker that would leave has time to, in ms. */
const STAY = 500;

async function stays(cluster) {
  const worker = cluster.fork();
  await once(worker, 'online');
  const left = await Promise.race([
    exited(worker).then(() => true),
    new Promise((resolve) => setTimeout(resolve, STAY, false)),
  ]);
  assert.strictEqual(left, false, `it left with code ${worker.process.exitCode}`);
  worker.process.disconnect();
  assert.deepStrictEqual(await exited(worker), [0, null]);
}

async function leaves(cluster) {
  const worker = cluster.fork();
  const disconnected = once(worker, 'disconnect');
  assert.deepStrictEqual(await exited(worker), [0, null]);
  await disconnected;
  assert.strictEqual(worker.exitedAfterDisconnect, false);
}

scenario('an idle worker stays', { primary: stays, worker() {} });

scenario('an idle worker that lets go of its channel exits, though the channel is open', {
  primary: leaves,
  worker() {
    assert.strictEqual(process.connected, true);
    process.channel.unref();
  },
});

scenario('listeners do not bring back the hold that was let go', {
  primary: leaves,
  worker() {
    process.channel.unref();
    process.on('message', () => {});
    process.on('disconnect', () => {});
  },
});

scenario('a worker that took its channel back stays', {
  primary: stays,
  worker() {
    process.channel.unref();
    process.channel.ref();
    process.removeAllListeners('message');
  },
});

scenario("a worker whose listeners for 'message' were removed stays, for it waits for 'disconnect'", {
  primary: stays,
  worker() {
    process.removeAllListeners('message');
  },
});

scenario('a worker without any listener exits', {
  primary: leaves,
  worker() {
    process.removeAllListeners('message');
    process.removeAllListeners('disconnect');
  },
});

scenario('a listener more keeps it, until that is removed too', {
  primary: leaves,
  worker() {
    const listener = () => assert.fail('there was no message');
    process.on('message', listener);
    process.removeAllListeners('disconnect');
    for (const each of process.rawListeners('message')) {
      if (each !== listener) process.removeListener('message', each);
    }
    setTimeout(() => process.removeListener('message', listener), 20);
  },
});

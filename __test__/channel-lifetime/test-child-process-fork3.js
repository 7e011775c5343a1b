'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, exited } = require('../harness');

// A plain fork() that does nothing exits. A worker stays, because its Worker listens for messages.

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

scenario('an idle worker that unrefs its channel exits, although the channel is open', {
  primary: leaves,
  worker() {
    assert.strictEqual(process.connected, true);
    process.channel.unref();
  },
});

scenario('after unref() of the channel, listeners do not keep a worker alive', {
  primary: leaves,
  worker() {
    process.channel.unref();
    process.on('message', () => {});
    process.on('disconnect', () => {});
  },
});

scenario('a worker that has ref’ed its channel again stays', {
  primary: stays,
  worker() {
    process.channel.unref();
    process.channel.ref();
    process.removeAllListeners('message');
  },
});

scenario("a worker whose listeners for 'message' were removed stays, because it waits for 'disconnect'", {
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

scenario('one more listener keeps a worker alive, until it is removed too', {
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

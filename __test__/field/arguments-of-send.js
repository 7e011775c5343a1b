'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

/** All ways to send without a handle. */
const WAYS = [
  (target, message, callback) => target.send(message, callback),
  (target, message, callback) => target.send(message, null, callback),
  (target, message, callback) => target.send(message, undefined, callback),
  (target, message, callback) => target.send(message, null, {}, callback),
  (target, message, callback) => target.send(message, null, undefined, callback),
  (target, message, callback) => target.send(message, undefined, { swallowErrors: true }, callback),
];

/** Sends in all ways, and resolves when all callbacks have run. */
function sendAll(target) {
  return Promise.all(
    WAYS.map((send, index) => {
      return new Promise((resolve) => {
        assert.strictEqual(
          send(target, index, (...args) => resolve(args)),
          true,
        );
      });
    }),
  );
}

/** Resolves when all have come. */
function receiveAll(target) {
  const received = [];
  return new Promise((resolve) => {
    target.on('message', (message) => {
      received.push(message);
      if (received.length === WAYS.length) resolve(received);
    });
  });
}

async function exchange(target) {
  const [received, called] = await Promise.all([receiveAll(target), sendAll(target)]);
  assert.deepStrictEqual(received, [...WAYS.keys()]);
  assert.deepStrictEqual(called, Array(WAYS.length).fill([null]));
}

scenario('send() may be called with null for the handle, and with options', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    await exchange(worker);
    assert.deepStrictEqual(await end, [0, null]);
  },
  async worker(cluster) {
    await exchange(process);
    cluster.worker.disconnect();
  },
});

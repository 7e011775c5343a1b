'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

const PREFIX = 'NODE_';
const INTERNAL = [
  { cmd: `${PREFIX}x` },
  { cmd: `${PREFIX}${PREFIX}`, data: [1] },
  { cmd: `${PREFIX}HANDLES` },
];
const USERS = [
  { cmd: `x${PREFIX}` },
  { cmd: ` ${PREFIX}x` },
  { cmd: PREFIX },
  { cmd: PREFIX.toLowerCase() + 'x' },
  { cmd: 1 },
  { cmd: [`${PREFIX}x`] },
  { command: `${PREFIX}x` },
  `${PREFIX}x`,
  null,
  { cmd: 'shutdown' },
];
const END = 'end';

/** Sends both sorts, mixed. */
function sendAll(target) {
  USERS.forEach((message, i) => {
    target.send(message);
    if (i < INTERNAL.length) target.send(INTERNAL[i]);
  });
  target.send(END);
}

/** Calls back with both sorts as `target` has emitted them, when the end was received. */
function collect(target, callback) {
  const seen = { message: [], internalMessage: [] };
  target.on('internalMessage', (message) => {
    // The builtin's own messages come here, too.
    if (message.cmd !== 'NODE_CLUSTER') seen.internalMessage.push(message);
  });
  target.on('message', (message) => {
    if (message === END) callback(seen);
    else seen.message.push(message);
  });
}

scenario("a message of a worker whose cmd begins with NODE_ is no 'message'", {
  async primary(cluster) {
    const worker = cluster.fork();
    const onWorker = [];
    const onCluster = [];
    worker.on('message', (message) => onWorker.push(message));
    cluster.on('message', (from, message) => onCluster.push(message));
    const seen = await new Promise((resolve) => collect(worker.process, resolve));
    assert.deepStrictEqual(seen, { message: USERS, internalMessage: INTERNAL });
    assert.deepStrictEqual(await exited(worker), [0, null]);
    assert.deepStrictEqual(onWorker, [...USERS, END]);
    assert.deepStrictEqual(onCluster, [...USERS, END]);
  },

  worker(cluster) {
    sendAll(process);
    cluster.worker.disconnect();
  },
});

scenario("a message of the primary whose cmd begins with NODE_ is no 'message'", {
  async primary(cluster) {
    const worker = cluster.fork();
    sendAll(worker);
    assert.deepStrictEqual(await exited(worker), [42, null]);
  },

  worker(cluster) {
    collect(process, (seen) => {
      assert.deepStrictEqual(seen, { message: USERS, internalMessage: INTERNAL });
      process.exitCode = 42;
      cluster.worker.disconnect();
    });
  },
});

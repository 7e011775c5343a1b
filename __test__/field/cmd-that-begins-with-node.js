'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

const INTERNAL = [{ cmd: 'NODE_x' }, { cmd: 'NODE_CLUSTERED', act: 'online' }, { cmd: 'NODE_x', more: 1 }];
const ORDINARY = [{ cmd: 'x_NODE_' }, { cmd: 'NODE' }, { cmd: 'node_x' }, { act: 'NODE_x' }, 'NODE_x'];

/** Collects what comes until the last of them. */
function collect(target, done) {
  const seen = { message: [], internalMessage: [] };
  target.on('internalMessage', (message) => {
    // The builtin's own traffic is seen here too.
    if (message.cmd !== 'NODE_CLUSTER') seen.internalMessage.push(message);
  });
  target.on('message', (message) => {
    if (message === 'end') done(seen);
    else seen.message.push(message);
  });
}

function send(target) {
  for (const message of [...INTERNAL, ...ORDINARY, 'end']) target.send(message);
}

scenario("messages whose cmd begins with NODE_ go to 'internalMessage' only", {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const messages = [];
    cluster.on('message', (_, message) => messages.push(message));
    const seen = await new Promise((resolve) => collect(worker.process, resolve));
    assert.deepStrictEqual(seen, { message: ORDINARY, internalMessage: INTERNAL });
    assert.deepStrictEqual(messages, [...ORDINARY, 'end']);

    send(worker);
    assert.deepStrictEqual(await end, [0, null]);
  },
  worker(cluster) {
    collect(process, (seen) => {
      assert.deepStrictEqual(seen, { message: ORDINARY, internalMessage: INTERNAL });
      cluster.worker.disconnect();
    });
    send(process);
  },
});

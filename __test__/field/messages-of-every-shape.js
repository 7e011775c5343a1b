'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { scenario, exited } = require('../harness');

const MESSAGES = [
  'shutdown',
  'ready',
  'disconnect',
  '',
  0,
  -1.5,
  true,
  false,
  null,
  [],
  [1, [2]],
  {},
  { cmd: 'ready' },
  { cmd: null },
  { cmd: 'NODE_' },
  { topic: 'log4js:message', data: '[{"a":1}]' },
  { type: 'prom-client:getMetricsReq', requestId: 0 },
  { type: 'axm:monitor', data: {} },
  { channel: 'rate_limiter_flexible', func: 'consume', args: ['key', 1] },
  { act: 'online' },
  { act: 'disconnect' },
  { act: 'listening', address: null, port: 1, addressType: 4 },
  { act: 'exitedAfterDisconnect', seq: 1 },
  { act: 'ack', seq: 1 },
  { ack: 1 },
  { seq: 1, key: '1', errno: 0 },
  { hasOwnProperty: 1, constructor: 'x', length: 3, then: 'y' },
  { text: '\0\n\r\u2028"\\€🦀\ud800' },
];

function collect(target, done) {
  const seen = [];
  target.on('message', (message) => {
    seen.push(message);
    if (seen.length === MESSAGES.length) done(seen);
  });
}

scenario('messages of every shape pass both ways, in order, and do nothing to the cluster', {
  async primary(cluster) {
    const worker = cluster.fork();
    const end = exited(worker);
    const events = [];
    for (const event of ['online', 'listening', 'disconnect']) worker.on(event, () => events.push(event));
    const seen = await new Promise((resolve) => collect(worker, resolve));
    assert.deepStrictEqual(seen, MESSAGES);
    assert.deepStrictEqual(events, ['online']);
    assert.strictEqual(worker.state, 'online');
    assert.strictEqual(worker.exitedAfterDisconnect, undefined);

    for (const message of MESSAGES) worker.send(message);
    assert.deepStrictEqual(await end, [0, null]);
    process.on('exit', () => assert.deepStrictEqual(events, ['online', 'listening', 'disconnect']));
  },
  worker(cluster) {
    collect(process, (seen) => {
      assert.deepStrictEqual(seen, MESSAGES);
      assert.strictEqual(cluster.worker.isConnected(), true);
      const server = net.createServer().listen(0, () => setImmediate(() => cluster.worker.disconnect()));
      server.on('error', () => process.exit(5));
    });
    for (const message of MESSAGES) process.send(message);
  },
});

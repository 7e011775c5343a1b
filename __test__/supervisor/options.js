'use strict';

// What supervise() and its calls refuse, they refuse with Node's errors, and name the option.

const assert = require('node:assert');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const { supervises } = require('../fixtures/supervises');
const { TABLE, readOptions } = require('../../lib/supervise/options');

/** Values of a wrong type, and of a wrong range. */
const WRONG = {
  workers: [[true], [0, -1, 1.5, NaN, 'all', '2']],
  surge: [[{}], [0, -1, 1.5, '0%', '101%', '7']],
  readyWhen: [[1], ['online', '']],
  readyTimeout: [['1s'], [0, -1, 0.5, Infinity]],
  idleGrace: [['1s'], [-1, NaN]],
  drainTimeout: [['1s'], [-1, 2 ** 31]],
  killTimeout: [[true], [-1]],
  shutdownDelay: [['5s'], [-1]],
  minUptime: [['1'], [-1]],
  backoff: [['1'], [0]],
  maxBackoff: [['1'], [0, 2 ** 31]],
  bootAttempts: [['1'], [0, 1.5]],
  hangTimeout: [['60s'], [-1]],
  maxMemory: [['512M'], [-1, 1.5]],
  maxLifetime: [['1h'], [-1, 2 ** 31]],
  maxRequests: [['1'], [-1, 1.5]],
  signals: [['on', 1], []],
  notify: [['on', 0], []],
  admin: [
    [9464, true],
    ['9464', 'localhost', '127.0.0.1:http', ''],
  ],
  control: [
    [7, true],
    ['', 'a\0b'],
  ],
  registry: [[7, 'prom-client', {}], []],
};

test('each wrong option is an error with its name', { skip: skipBuiltin() }, () => {
  assert.deepStrictEqual(Object.keys(WRONG), Object.keys(TABLE));
  for (const [name, [types, ranges]] of Object.entries(WRONG)) {
    const message = new RegExp(`"options\\.${name}"`);
    for (const value of types) {
      assert.throws(() => readOptions({ [name]: value }), { code: 'ERR_INVALID_ARG_TYPE', message });
    }
    for (const value of ranges) {
      assert.throws(() => readOptions({ [name]: value }), { code: 'ERR_OUT_OF_RANGE', message });
    }
  }
  for (const options of [null, 7, 'all']) {
    assert.throws(() => readOptions(options), { code: 'ERR_INVALID_ARG_TYPE', message: /"options"/ });
  }
});

test('each option is also a variable, with a unit', { skip: skipBuiltin() }, () => {
  const read = (name, text, options) => {
    process.env[name] = text;
    try {
      return readOptions(options);
    } finally {
      delete process.env[name];
    }
  };
  assert.strictEqual(read('RS_CLUSTER_READY_TIMEOUT', '5m').readyTimeout, 300_000);
  assert.strictEqual(read('RS_CLUSTER_DRAIN_TIMEOUT', '1500ms').drainTimeout, 1500);
  assert.strictEqual(read('RS_CLUSTER_BACKOFF', '250').backoff, 250);
  assert.strictEqual(read('RS_CLUSTER_MAX_LIFETIME', '12h').maxLifetime, 43_200_000);
  assert.strictEqual(read('RS_CLUSTER_MAX_MEMORY', '512M').maxMemory, 536_870_912);
  assert.strictEqual(read('RS_CLUSTER_SURGE', '50%').surge, '50%');
  assert.strictEqual(read('RS_CLUSTER_SURGE', '3').surge, 3);
  assert.strictEqual(read('RS_CLUSTER_READY_WHEN', 'ready').readyWhen, 'ready');
  assert.strictEqual(read('RS_CLUSTER_SIGNALS', 'on').signals, true);
  assert.strictEqual(read('RS_CLUSTER_NOTIFY', '0').notify, false);
  assert.strictEqual(read('RS_CLUSTER_ADMIN', '[::1]:9464').admin, '[::1]:9464');
  assert.strictEqual(read('RS_CLUSTER_ADMIN', 'off').admin, false);
  assert.strictEqual(read('RS_CLUSTER_REGISTRY', 'on').registry, true);
  assert.strictEqual(readOptions({ registry: { getMetricsAsJSON() {} } }).registry !== false, true);
  assert.strictEqual(read('RS_CLUSTER_WORKERS', '').workers, 'auto');
  assert.strictEqual(read('RS_CLUSTER_WORKERS', '7', { workers: 2 }).workers, 2);
  for (const [name, text] of [
    ['RS_CLUSTER_MAX_MEMORY', '512X'],
    ['RS_CLUSTER_HANG_TIMEOUT', 'never'],
    ['RS_CLUSTER_HANG_TIMEOUT', '40d'],
    ['RS_CLUSTER_SIGNALS', 'maybe'],
    ['RS_CLUSTER_REGISTRY', 'x'],
    ['RS_CLUSTER_ADMIN', '9464'],
    ['WEB_CONCURRENCY', 'many'],
  ]) {
    const message = new RegExp(`"${name}".* from the environment`);
    assert.throws(() => read(name, text), { code: 'ERR_OUT_OF_RANGE', message });
  }
});

supervises('wrong arguments of reload(), scale() and stop() are errors, and change nothing', {
  primary({ supervisor }) {
    const type = { code: 'ERR_INVALID_ARG_TYPE' };
    assert.throws(() => supervisor.reload({ settings: 7 }), { ...type, message: /"options\.settings"/ });
    assert.throws(() => supervisor.reload({ settings: null }), { ...type, message: /"options\.settings"/ });
    assert.throws(() => supervisor.reload({ signal: {} }), { ...type, message: /"options\.signal"/ });
    assert.throws(() => supervisor.scale({}), { ...type, message: /"workers"/ });
    assert.throws(() => supervisor.scale(0), { code: 'ERR_OUT_OF_RANGE', message: /"workers"/ });
    assert.throws(() => supervisor.stop({ now: 1 }), { ...type, message: /"options\.now"/ });
    assert.strictEqual(supervisor.state, 'ready');
  },
});

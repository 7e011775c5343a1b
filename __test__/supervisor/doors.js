'use strict';

// The control socket and the admin address of `cluster.supervise()`.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const { temporaryPath } = require('../harness');
const { ask } = require('../fixtures/command');
const { settled } = require('../harness');
const { supervises, workerOf } = require('../fixtures/supervises');

const control = temporaryPath('control.sock');

supervises('a control socket takes orders, until the supervisor has stopped', {
  supervise: { control },
  async primary({ supervisor }) {
    await settled(() => fs.existsSync(control));
    const { status, body } = await ask('POST', '/reload', control);
    assert.strictEqual(status, 200);
    assert.strictEqual(JSON.parse(body).generation, 2);
    await supervisor.stop();
    await settled(() => !fs.existsSync(control));
  },
});

supervises('an address that cannot be opened is an error of the supervisor, and its workers go on', {
  async primary({ cluster, supervisor }) {
    await supervisor.stop();
    // No machine has this address: it is for documentation.
    const other = cluster.supervise({ workers: 1, admin: '192.0.2.1:1' });
    const [error] = await once(other, 'error');
    assert.strictEqual(error.code, 'EADDRNOTAVAIL');
    await other.ready;
    assert.ok(!workerOf({ cluster, supervisor: other }).isDead());
    await other.stop();
  },
});

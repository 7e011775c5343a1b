'use strict';

const assert = require('node:assert');
const { scenario } = require('../harness');

scenario('cluster.disconnect() without workers calls back once, and not within the call', {
  primary(cluster) {
    const events = [];
    cluster.disconnect(() => events.push('callback'));
    events.push('returned');
    process.on('exit', () => assert.deepStrictEqual(events, ['returned', 'callback']));
  },
});

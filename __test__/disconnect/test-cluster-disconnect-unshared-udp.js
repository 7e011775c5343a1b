'use strict';

const dgram = require('node:dgram');
const idleWorkerGoesFirst = require('../fixtures/scenarios/idle-worker-goes-first');

idleWorkerGoesFirst(
  'a worker that never bound a socket is disconnected before the one that did',
  'udp4',
  () => dgram.createSocket('udp4').bind(0),
);

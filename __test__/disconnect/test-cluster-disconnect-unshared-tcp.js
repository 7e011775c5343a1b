'use strict';

const net = require('node:net');
const idleWorkerGoesFirst = require('../fixtures/scenarios/idle-worker-goes-first');

idleWorkerGoesFirst('a worker that never listened is disconnected before the one that does', 4, () =>
  net.createServer().listen(0),
);

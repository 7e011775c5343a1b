'use strict';

require('./lib/unbundled');

const cluster = require('./lib/cluster').inPlace();

module.exports = cluster;

// This never runs. ESM reads from it which names `import { fork } from 'rs-cluster'` may use, in a primary and
// in a worker.
0 &&
  (module.exports = {
    SCHED_NONE: cluster,
    SCHED_RR: cluster,
    Worker: cluster,
    disconnect: cluster,
    fork: cluster,
    isMaster: cluster,
    isPrimary: cluster,
    isWorker: cluster,
    schedulingPolicy: cluster,
    settings: cluster,
    setupMaster: cluster,
    setupPrimary: cluster,
    worker: cluster,
    workers: cluster,
  });

'use strict';

// In a worker the preload has made Node's own cluster object ours already. In a worker of some
// other cluster, there is nothing for us to do.
const cluster = require('node:cluster');

module.exports = cluster.isPrimary ? require('./lib/primary') : cluster;

// Never runs: it tells ESM the names that `import { fork } from 'rs-cluster'` may use.
0 &&
  (module.exports = {
    SCHED_NONE: 0,
    SCHED_RR: 0,
    Worker: 0,
    disconnect: 0,
    fork: 0,
    isMaster: 0,
    isPrimary: 0,
    isWorker: 0,
    schedulingPolicy: 0,
    settings: 0,
    setupMaster: 0,
    setupPrimary: 0,
    worker: 0,
    workers: 0,
  });

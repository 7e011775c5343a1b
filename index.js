'use strict';

// In a worker the preload has made Node's own cluster object ours already. In a worker of some
// other cluster, there is nothing for us to do.
const cluster = require('node:cluster');

module.exports = cluster.isPrimary ? require('./lib/primary') : cluster;

// Never runs: it tells ESM the names that `import { fork } from 'rs-cluster'` may use.
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

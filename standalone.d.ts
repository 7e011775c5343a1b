import cluster = require('./index');

/**
 * The same as `rs-cluster`, but in the primary, Node's own cluster object is not changed. Requiring this module throws
 * ERR_RS_CLUSTER_TOO_LATE if `rs-cluster` was required before, and ERR_RS_CLUSTER_UNSUPPORTED if rs-cluster cannot run.
 */
declare const standalone: cluster.Cluster;

export = standalone;

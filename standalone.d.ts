import cluster = require('./index');

/**
 * As `rs-cluster`, but Node's own cluster object stays as it is in the primary. To require it throws
 * ERR_RS_CLUSTER_TOO_LATE where `rs-cluster` was required before.
 */
declare const standalone: cluster.Cluster;

export = standalone;

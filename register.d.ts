/**
 * Replaces Node's own cluster with rs-cluster. If rs-cluster cannot run, Node's own cluster is not changed, and the
 * process emits one warning with the code RS_CLUSTER_FALLBACK.
 */
export {};

/**
 * Makes Node's own cluster rs-cluster, or leaves it as it is where rs-cluster cannot run: then there is one process
 * warning with the code RS_CLUSTER_FALLBACK.
 */
export {};

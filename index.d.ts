/**
 * rs-cluster is `node:cluster`: the same object, the same types.
 *
 * @see https://nodejs.org/docs/latest-v18.x/api/cluster.html
 */
import cluster = require('node:cluster');
export = cluster;

'use strict';

/**
 * `node -r rs-cluster/register app.js`, `node --import rs-cluster/register app.mjs`, or either in
 * NODE_OPTIONS: Node's own cluster becomes rs-cluster, for a program that does not know of it. Where
 * rs-cluster cannot run, Node's stays, and the program runs on.
 */

/** Under Node's permission model this may be the only file of the package that can be read. */
const isUnreadable = ({ code }) => code === 'ERR_ACCESS_DENIED';

/** Nothing can take the place of rs-cluster for a process that was started as a worker, and is none. */
function isExpected(error) {
  if (error.code === 'ERR_RS_CLUSTER_NOT_A_WORKER') return false;
  return isUnreadable(error) || error.code?.startsWith('ERR_RS_CLUSTER_');
}

function warn(error) {
  const why = isUnreadable(error)
    ? `rs-cluster may not read its own folder: use --allow-fs-read=${__dirname}/* beside --permission`
    : error.message;
  const options = { code: 'RS_CLUSTER_FALLBACK', detail: error.cause?.message };
  process.emitWarning(`${why}. Node's own cluster is used`, options);
}

/** The main thread has printed the warning already, and so has a worker's primary. */
function isTold() {
  // In a bundle that is an ES module there is no `require`, and before Node 20.16 nothing like it.
  const load = typeof __filename === 'string' ? require : process.getBuiltinModule;
  return load !== undefined && (!load('node:worker_threads').isMainThread || load('node:cluster').isWorker);
}

try {
  require('./lib/unbundled');
  require('./lib/cluster').inPlace(warn);
} catch (error) {
  if (!isExpected(error)) throw error;
  if (!isTold()) warn(error);
}

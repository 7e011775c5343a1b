'use strict';

/**
 * `node -r rs-cluster/register app.js`, `node --import rs-cluster/register app.mjs`, or either in
 * NODE_OPTIONS: Node's own cluster becomes rs-cluster, for a program that does not know of it. Where
 * rs-cluster cannot run, Node's stays, and the program runs on.
 */

/**
 * Under Node's permission model this may be the only file of the package that can be read. For a
 * process that was started as a worker, and is none, nothing can take the place of rs-cluster.
 */
function isExpected({ code }) {
  if (code === 'ERR_RS_CLUSTER_NOT_A_WORKER') return false;
  return code === 'ERR_ACCESS_DENIED' || code?.startsWith('ERR_RS_CLUSTER_');
}

function warn({ code, message, cause }) {
  const why = code === 'ERR_ACCESS_DENIED' ? 'rs-cluster may not read its own folder' : message;
  const warning = `${why}. Node's own cluster is used`;
  process.emitWarning(warning, { code: 'RS_CLUSTER_FALLBACK', detail: cause?.message });
}

try {
  require('./lib/cluster').inPlace(warn);
} catch (error) {
  if (!isExpected(error)) throw error;
  // The main thread has printed this warning already.
  if (require('node:worker_threads').isMainThread) warn(error);
}

'use strict';

/**
 * `node -r rs-cluster/register app.js`, `node --import rs-cluster/register app.mjs`, or either in
 * NODE_OPTIONS: Node's own cluster becomes rs-cluster, for a program that does not know of it. Where
 * rs-cluster cannot run, Node's stays, and the program runs on.
 */

/** Nothing can take the place of rs-cluster for a process that was started as a worker, and is none. */
const isFalseWorker = ({ code }) => code === 'ERR_RS_CLUSTER_NOT_A_WORKER';

/** This may be the only file of the package that can be read. What goes wrong in others has no words of ours. */
function reason({ code, message, cause }) {
  if (code?.startsWith('ERR_RS_CLUSTER_')) return [message, cause?.message];
  const remedy =
    code === 'ERR_ACCESS_DENIED'
      ? `use --allow-fs-read=${__dirname}/* beside --permission`
      : `give this user the right to read ${__dirname}, or install it again`;
  return [`rs-cluster may not read its own folder, or not all of it is there: ${remedy}`, message];
}

function warn(error) {
  const [why, detail] = reason(error);
  process.emitWarning(`${why}. Node's own cluster is used`, { code: 'RS_CLUSTER_FALLBACK', detail });
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
  if (isFalseWorker(error)) throw error;
  if (!isTold()) warn(error);
}

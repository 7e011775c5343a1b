'use strict';

/**
 * Replaces Node's own cluster with rs-cluster, for a program that does not know rs-cluster. It is loaded by
 * `node -r rs-cluster/register app.js`, by `node --import rs-cluster/register app.mjs`, or by one of these
 * flags in NODE_OPTIONS. If rs-cluster cannot run, Node's own cluster stays, and the program continues.
 */

/** This process was started as a worker, but did not become one. Node's own cluster cannot help it. */
const isFalseWorker = ({ code }) => code === 'ERR_RS_CLUSTER_NOT_A_WORKER';

/** This may be the only file of the package that can be read. Then the error is Node's, and names no remedy. */
function reason({ code, message, cause }) {
  if (code?.startsWith('ERR_RS_CLUSTER_')) return [message, cause?.message];
  const remedy =
    code === 'ERR_ACCESS_DENIED'
      ? `use --allow-fs-read=${__dirname}/* beside --permission`
      : `give this user the right to read ${__dirname}, or install it again`;
  return [`rs-cluster may not read its own folder, or a file is missing there: ${remedy}`, message];
}

function warn(error) {
  const [why, detail] = reason(error);
  process.emitWarning(`${why}. Node's own cluster is used`, { code: 'RS_CLUSTER_FALLBACK', detail });
}

/** In a thread, the main thread has already printed the warning; in a worker, the primary has. */
function isAlreadyPrinted() {
  // A bundle that is an ES module has no `require`. Before Node 20.16 there is no replacement for it.
  const load = typeof __filename === 'string' ? require : process.getBuiltinModule;
  return load !== undefined && (!load('node:worker_threads').isMainThread || load('node:cluster').isWorker);
}

try {
  require('./lib/unbundled');
  require('./lib/cluster').inPlace(warn);
} catch (error) {
  if (isFalseWorker(error)) throw error;
  if (!isAlreadyPrinted()) warn(error);
}

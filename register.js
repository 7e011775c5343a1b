'use strict';

/**
 * `node -r rs-cluster/register app.js`, `node --import rs-cluster/register app.mjs`, or either in
 * NODE_OPTIONS: Node's own cluster becomes rs-cluster, for a program that does not know of it. Where
 * rs-cluster cannot run, Node's stays, and the program runs on.
 */

try {
  require('./index');
} catch (error) {
  const { code } = error;
  // Node's own cluster would take a worker that is none for a primary, or leave it without a channel.
  if (!code?.startsWith('ERR_RS_CLUSTER_') || code === 'ERR_RS_CLUSTER_NOT_A_WORKER') throw error;
  // A thread has nothing to say that its process has not said.
  const { isMainThread } = require('node:worker_threads');
  const warning = `${error.message}. Node's own cluster is used`;
  if (isMainThread) process.emitWarning(warning, { code: 'RS_CLUSTER_FALLBACK' });
}

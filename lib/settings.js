'use strict';

/** `cluster.settings` and `cluster.schedulingPolicy`: what `setupPrimary()` makes of them. */

/** Where Node took the policy from when it loaded its cluster. */
const policyAtLoad = process.env.NODE_CLUSTER_SCHED_POLICY;

/**
 * `cluster.settings` with the defaults.
 *
 * @typedef {import('..').ClusterSettings & { args: string[], exec: string, execArgv: string[] }} Settings
 */

/** Looks for a flag as Node does: in whatever a program has put in the place of a list of strings. */
function hasFlag(execArgv, start) {
  return Array.prototype.some.call(execArgv, (arg) => String.prototype.startsWith.call(arg, start));
}

/**
 * @param {object} settings as they are
 * @param {object} [options] of `setupPrimary()`
 * @returns {Settings} the new settings
 */
function settingsOf(settings, options) {
  const merged = {
    args: process.argv.slice(2),
    exec: process.argv[1],
    execArgv: process.execArgv,
    silent: false,
    ...settings,
    ...options,
  };
  const { execArgv } = merged;
  // V8 writes addresses to this file. They mean nothing in another process, so each has its own file.
  if (hasFlag(execArgv, '--prof') && !hasFlag(execArgv, '--logfile=')) {
    merged.execArgv = [...execArgv, '--logfile=v8-%p.log'];
  }
  return merged;
}

/**
 * Reads the scheduling policy, as the first setup does.
 *
 * @returns {number} SCHED_NONE or SCHED_RR
 * @throws ERR_ASSERTION, as Node
 */
function policyOf(cluster) {
  const { SCHED_NONE, SCHED_RR } = cluster;
  // A preload made Node read the variable before the program could set it: read it again.
  const late = process.env.NODE_CLUSTER_SCHED_POLICY;
  if (late !== policyAtLoad && late === 'rr') cluster.schedulingPolicy = SCHED_RR;
  if (late !== policyAtLoad && late === 'none') cluster.schedulingPolicy = SCHED_NONE;
  const { schedulingPolicy } = cluster;
  if (schedulingPolicy !== SCHED_NONE && schedulingPolicy !== SCHED_RR) {
    throw require('./errors').badPolicy(schedulingPolicy);
  }
  return schedulingPolicy;
}

module.exports = { settingsOf, policyOf };

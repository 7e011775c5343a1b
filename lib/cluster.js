'use strict';

/**
 * Which object is the cluster of this process, whoever asks first: `rs-cluster`,
 * `rs-cluster/standalone`, or another copy of this package. There is one.
 */

const EventEmitter = require('node:events');
const builtin = require('node:cluster');

/** Where every copy of this package, of whatever version, finds the cluster of the first. */
const MARK = Symbol.for('rs-cluster');

/**
 * A worker's preload removes RS_CLUSTER_CHANNEL. Where it is still there, the preload did not run:
 * as a primary this process would fork what forks again, without end.
 */
function refuseFalseWorker() {
  if (process.env.RS_CLUSTER_CHANNEL === undefined) return;
  const { OTHER_RUNTIME } = require('./binding');
  throw require('./errors').notAWorker(
    OTHER_RUNTIME === undefined
      ? 'NODE_OPTIONS did not reach it, or were not read. What starts it must pass NODE_OPTIONS on unchanged; ' +
          'a single executable application needs "execArgvExtension": "env". ' +
          'If it shall be no worker, remove RS_CLUSTER_CHANNEL from its environment'
      : `it runs on ${OTHER_RUNTIME}, and a worker runs on Node.js only`,
  );
}

/** @returns {boolean} whether another runtime's own cluster does the work here, of which we warn once */
function isElsewhere() {
  const { OTHER_RUNTIME } = require('./binding');
  if (OTHER_RUNTIME === undefined) return false;
  if (process[MARK] === undefined) {
    Object.defineProperty(process, MARK, { value: builtin });
    const warning = `rs-cluster runs on Node.js only, and this is ${OTHER_RUNTIME}. Its own cluster is used`;
    if (require('node:worker_threads').isMainThread) {
      process.emitWarning(warning, { code: 'RS_CLUSTER_FALLBACK' });
    }
  }
  return true;
}

/**
 * In a worker the preload has made Node's own cluster object ours already. In a worker of some
 * other cluster, there is nothing for us to do.
 */
const isBuiltins = () => builtin.isWorker || process.env.RS_CLUSTER === 'off' || isElsewhere();

/** @returns {object} what `make` gives, unless this process has its cluster already */
function once(make) {
  if (process[MARK] === undefined) {
    const why = require('./binding').obstacle();
    if (why !== undefined) throw require('./errors').unsupported(why);
    Object.defineProperty(process, MARK, { value: make() });
  }
  return process[MARK];
}

/**
 * Node's own cluster object becomes ours in place.
 *
 * @param {(error: Error) => void} [warn] called if Node's own comes back, because the addon does not load
 */
function inPlace(warn) {
  refuseFalseWorker();
  if (isBuiltins()) return builtin;
  return once(() => {
    if (Object.keys(builtin.workers).length > 0) {
      throw require('./errors').tooLate(
        'node:cluster has workers already; load rs-cluster before the first fork(), or use rs-cluster/standalone',
      );
    }
    return require('./primary')(builtin, warn);
  });
}

/** In the primary, Node's own cluster object stays as it is. */
function standalone() {
  refuseFalseWorker();
  if (isBuiltins()) return builtin;
  const cluster = once(() => {
    const own = new EventEmitter();
    for (const key of Object.keys(builtin)) if (!(key in own)) own[key] = builtin[key];
    return require('./primary')(Object.assign(own, { settings: {} }));
  });
  if (cluster === builtin) {
    throw require('./errors').tooLate(
      'node:cluster is rs-cluster already; load rs-cluster/standalone before rs-cluster',
    );
  }
  return cluster;
}

module.exports = { inPlace, standalone };

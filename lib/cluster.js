'use strict';

/**
 * Chooses the cluster object of this process. There is only one, also if several of `rs-cluster`,
 * `rs-cluster/standalone` and other copies of this package are required.
 */

const EventEmitter = require('node:events');
const builtin = require('node:cluster');

/**
 * The property of `process` with the cluster object. All copies and versions of this package use the same one.
 */
const MARK = Symbol.for('rs-cluster');

/** In Deno, a program needs a permission to read a variable. */
function variable(name) {
  try {
    return process.env[name];
  } catch {
    return undefined;
  }
}

/**
 * A worker's preload removes RS_CLUSTER_CHANNEL. If the variable still exists, the preload did not run. As a
 * primary, this process would fork processes that fork again, without end.
 */
function refuseFalseWorker() {
  if (variable('RS_CLUSTER_CHANNEL') === undefined) return;
  const { OTHER_RUNTIME } = require('./binding');
  throw require('./errors').notAWorker(
    OTHER_RUNTIME === undefined
      ? 'NODE_OPTIONS did not reach it, or was not read. The program that starts it must pass on NODE_OPTIONS unchanged; ' +
          'a single executable application needs "execArgvExtension": "env". ' +
          'If it shall not be a worker, remove RS_CLUSTER_CHANNEL from its environment'
      : `it runs on ${OTHER_RUNTIME}, and a worker runs on Node.js only`,
  );
}

/** @returns {boolean} whether this is another runtime, whose own cluster is used. The process warns once */
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
 * Whether Node's own cluster object is the one to use. In a worker, the preload has already changed it. A worker
 * of another cluster implementation keeps it unchanged.
 */
const isBuiltins = () => builtin.isWorker || variable('RS_CLUSTER') === 'off' || isElsewhere();

/**
 * @param {() => object} make is called if this process has no cluster yet
 * @returns {object} the cluster of this process
 * @throws ERR_RS_CLUSTER_UNSUPPORTED
 */
function once(make) {
  if (process[MARK] === undefined) {
    const why = require('./binding').obstacle();
    if (why !== undefined) throw require('./errors').unsupported(why);
    Object.defineProperty(process, MARK, { value: make() });
  }
  return process[MARK];
}

/**
 * Changes Node's own cluster object into ours.
 *
 * @param {(error: Error) => void} [warn] if the addon does not load, the object gets Node's own members again,
 *   and this is called. Without it, `fork()` throws
 */
function inPlace(warn) {
  refuseFalseWorker();
  if (isBuiltins()) return builtin;
  return once(() => {
    // Only a worker has no `workers`.
    if (Object.keys(/** @type {object} */ (builtin.workers)).length > 0) {
      throw require('./errors').tooLate(
        'node:cluster has workers already; load rs-cluster before the first fork(), or use rs-cluster/standalone',
      );
    }
    return require('./primary')(builtin, warn);
  });
}

/** Makes a second object in the primary. Node's own cluster object stays as it is. */
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

'use strict';

/**
 * Which object is the cluster of this process, whoever asks first: `rs-cluster`,
 * `rs-cluster/standalone`, or another copy of this package. There is one.
 */

const EventEmitter = require('node:events');
const builtin = require('node:cluster');

/** Where every copy of this package, of whatever version, finds the cluster of the first. */
const MARK = Symbol.for('rs-cluster');

/** @returns {object} what `make` gives, unless this process has its cluster already */
function once(make) {
  // In a worker the preload has made Node's own cluster object ours already. In a worker of some
  // other cluster, there is nothing for us to do.
  if (builtin.isWorker || process.env.RS_CLUSTER === 'off') return builtin;
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
  const cluster = once(() => {
    const own = new EventEmitter();
    for (const key of Object.keys(builtin)) if (!(key in own)) own[key] = builtin[key];
    return require('./primary')(Object.assign(own, { settings: {} }));
  });
  if (cluster === builtin && process[MARK] === builtin) {
    throw require('./errors').tooLate(
      'node:cluster is rs-cluster already; load rs-cluster/standalone before rs-cluster',
    );
  }
  return cluster;
}

module.exports = { inPlace, standalone };

'use strict';

/** The options of `cluster.supervise()`. Each has an environment variable of the same name. */

const cgroup = require('../cgroup');
const { TABLE: DRAIN } = require('../drain');
const { count, oneOf, orText, read, size, time } = require('../options');

/** @typedef {import('../..').SuperviseOptions} SuperviseOptions */

/** Every share of the workers from 1 % to 100 %. */
const PERCENT = /^(100|[1-9]\d?)%$/;

/** 0 means no limit. */
const TABLE = {
  workers: { kind: orText(count(1), /^auto$/, 'auto'), byDefault: 'auto' },
  surge: { kind: orText(count(1), PERCENT, '100%'), byDefault: 1 },
  readyWhen: { kind: oneOf('listening', 'ready'), byDefault: 'listening' },
  readyTimeout: { kind: time(1), byDefault: 60_000 },
  idleGrace: DRAIN.idleGrace,
  drainTimeout: DRAIN.timeout,
  killTimeout: DRAIN.killTimeout,
  minUptime: { kind: time(), byDefault: 10_000 },
  backoff: { kind: time(1), byDefault: 100 },
  maxBackoff: { kind: time(1), byDefault: 15_000 },
  bootAttempts: { kind: count(1), byDefault: 3 },
  hangTimeout: { kind: time(), byDefault: 60_000 },
  maxMemory: { kind: size(), byDefault: 0 },
  maxLifetime: { kind: time(), byDefault: 0 },
  maxRequests: { kind: count(), byDefault: 0 },
};

/** The number of workers has a second variable, which other servers know, too. */
const ALSO = { workers: ['WEB_CONCURRENCY'] };

/** `maxMemory` is RS_CLUSTER_MAX_MEMORY. */
const variableOf = (name) => `RS_CLUSTER_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`;

const variablesOf = (name) => [variableOf(name), ...(ALSO[name] ?? [])];

/** How many workers 'auto' means. */
const workersOf = (workers) => (workers === 'auto' ? cgroup.processors() : workers);

/** @returns {number} how many processes may be beside `workers`, 1 or more */
function surgeOf(surge, workers) {
  return typeof surge === 'number' ? surge : Math.ceil((parseInt(surge, 10) / 100) * workers);
}

/**
 * @param {SuperviseOptions} [given]
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
 */
const readOptions = (given = {}) => read(given, TABLE, variablesOf);

/** @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. It names `options.workers` */
const readWorkers = (workers) => workersOf(read({ workers }, { workers: TABLE.workers }).workers);

module.exports = { TABLE, readOptions, readWorkers, surgeOf, workersOf };

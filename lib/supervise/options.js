'use strict';

/** The options of `cluster.supervise()`. Each has an environment variable of the same name. */

const cgroup = require('../cgroup');
const { TABLE: DRAIN } = require('../drain');
const { check, count, flag, flagOr, oneOf, orText, read, size, textOrOff, time } = require('../options');

/** @typedef {import('../..').SuperviseOptions} SuperviseOptions */

/** Every share of the workers from 1 % to 100 %. */
const PERCENT = /^(100|[1-9]\d?)%$/;

/** A TCP address: `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`. */
const ADDRESS = /^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i;

/** Whether it can be asked for the metrics of an application, as prom-client's registries can. */
const isRegistry = (value) => typeof value?.getMetricsAsJSON === 'function';

/** What each option may be, what holds without it, and what the help of the command says. 0 means no limit. */
const TABLE = {
  workers: {
    kind: orText(count(1), /^auto$/, 'auto'),
    byDefault: 'auto',
    says: 'How many workers. auto: one for each processor',
  },
  surge: {
    kind: orText(count(1), PERCENT, '100%'),
    byDefault: 1,
    says: 'How many more processes may run while workers are replaced: a number, or a share of the workers',
  },
  readyWhen: {
    kind: oneOf('listening', 'ready'),
    byDefault: 'listening',
    says: 'When a worker is ready: its server listens, or it calls cluster.worker.ready()',
  },
  readyTimeout: {
    kind: time(1),
    byDefault: 60_000,
    says: 'A worker that is not ready after this time is killed',
  },
  idleGrace: DRAIN.idleGrace,
  drainTimeout: DRAIN.timeout,
  killTimeout: DRAIN.killTimeout,
  shutdownDelay: {
    kind: time(),
    byDefault: 0,
    says: 'For this time after SIGTERM or "stop" the workers still serve, and /readyz says 503',
  },
  minUptime: {
    kind: time(),
    byDefault: 10_000,
    says: 'When a worker was ready for this time, its former crashes are forgotten',
  },
  backoff: {
    kind: time(1),
    byDefault: 100,
    says: 'The pause before the second restart. Each further pause is twice as long',
  },
  maxBackoff: { kind: time(1), byDefault: 15_000, says: 'The longest pause' },
  bootAttempts: {
    kind: count(1),
    byDefault: 3,
    says: 'How often a worker may fail while none was ever ready. Then all stop, with code 3',
  },
  hangTimeout: {
    kind: time(),
    byDefault: 60_000,
    says: 'A worker whose event loop does not turn for this time is killed and replaced',
  },
  maxMemory: {
    kind: size(),
    byDefault: 0,
    says: 'A worker that has more resident memory is replaced',
  },
  maxLifetime: {
    kind: time(),
    byDefault: 0,
    says: 'A worker is replaced after this time, less up to 20 %',
  },
  maxRequests: {
    kind: count(),
    byDefault: 0,
    says: 'A worker is replaced after so many requests of HTTP, less up to 20 %',
  },
  signals: {
    kind: flag(),
    byDefault: false,
    says: 'TERM and INT stop, HUP reloads, TTIN and TTOU change the number of workers',
  },
  notify: {
    kind: flag(),
    byDefault: false,
    says: 'Tell systemd what happens, if NOTIFY_SOCKET is set',
  },
  admin: {
    kind: textOrOff('ADDRESS', ADDRESS, "an address such as '127.0.0.1:9464'"),
    byDefault: false,
    says: 'The TCP address that serves /livez, /readyz, /status and /metrics',
  },
  control: {
    kind: textOrOff('PATH', /^[^\0]+$/, 'the path of a unix socket'),
    byDefault: false,
    says: 'The unix socket by which orders reach this program. Default: NAME.sock, in a folder of this user',
  },
  registry: {
    kind: flagOr('a registry of prom-client', isRegistry),
    byDefault: false,
    says: 'Whether /metrics also has the metrics that the program counts with prom-client',
  },
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

/** @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. It names `workers` */
const readWorkers = (workers) => workersOf(check('workers', TABLE.workers.kind, workers));

module.exports = { TABLE, variablesOf, readOptions, readWorkers, surgeOf, workersOf };

'use strict';

/**
 * The inspector port of a worker: `settings.inspectPort`, or the primary's port plus one for the first worker,
 * plus two for the next one, and so on.
 */

const errors = require('./errors');

const FLAGS = /--inspect(?:-brk|-port)?|--debug-port/;
const LOWEST = 1024;
const HIGHEST = 65535;

let offset = 0;

function next() {
  const port = process.debugPort + ++offset;
  return port > HIGHEST ? port - HIGHEST + LOWEST - 1 : port;
}

function check(port) {
  const number = typeof port === 'number' || (typeof port === 'string' && port.trim() !== '');
  if (!number || !Number.isInteger(+port) || +port < 0 || +port > HIGHEST) throw errors.badPort(port);
  return port;
}

/**
 * @param {{ execArgv: string[], inspectPort?: number | (() => number) }} settings
 * @returns {string[]} flags that are added to the worker's execArgv. None if no inspector flag is used
 * @throws ERR_SOCKET_BAD_PORT if `settings.inspectPort` is not an integer from 0 to 65535
 */
module.exports = function inspectPort({ execArgv, inspectPort: wanted }) {
  if (wanted === null) throw errors.badPort(wanted);
  if (!execArgv.some((arg) => FLAGS.test(arg)) && !FLAGS.test(process.env.NODE_OPTIONS ?? '')) return [];
  const port = typeof wanted === 'function' ? wanted() : wanted;
  return [`--inspect-port=${check(wanted === undefined ? next() : port)}`];
};

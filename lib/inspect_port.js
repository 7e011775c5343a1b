'use strict';

/**
 * The inspector's port of a worker: the primary's plus one, plus two, and so on, unless
 * `settings.inspectPort` says otherwise.
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
 * @returns {string[]} what to add to the worker's execArgv
 * @throws ERR_SOCKET_BAD_PORT
 */
module.exports = function inspectPort({ execArgv, inspectPort: wanted }) {
  if (wanted === null) throw errors.badPort(wanted);
  if (!execArgv.some((arg) => FLAGS.test(arg)) && !FLAGS.test(process.env.NODE_OPTIONS)) return [];
  const port = typeof wanted === 'function' ? wanted() : wanted;
  return [`--inspect-port=${check(wanted === undefined ? next() : port)}`];
};

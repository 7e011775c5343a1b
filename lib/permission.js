'use strict';

/**
 * The network permission of Node's permission model (`--allow-net`, Node 25 and later). Node does not check
 * native code. So a worker checks its permission before it sends a query, and the primary checks its own.
 */

const { newServer } = require('./natives');

/**
 * Returns the result of `act`, or the error that it throws. Some handles throw Node's denial, others return it.
 */
function attempt(make, act) {
  const handle = make();
  try {
    return act(handle);
  } catch (error) {
    return error;
  } finally {
    handle.close();
  }
}

const isDenial = (outcome) => outcome?.code === 'ERR_ACCESS_DENIED';

/**
 * Before Node 25, this permission does not exist, and `has()` returns false. So bind to an address that is not
 * valid.
 */
function mayListen() {
  if (process.permission === undefined || process.permission.has('net')) return true;
  return !isDenial(attempt(newServer.TCP, (handle) => handle.bind('', 0)));
}

/**
 * Refuses to listen with the same errors as Node in a single process. Call it only if `mayListen()` is false,
 * because otherwise it would bind a socket.
 *
 * @param {import('./query').Options} options
 * @returns {Error} the error that a `dgram.Socket` emits
 * @throws the error that `net` throws, or `dgram` for a descriptor
 */
function denial({ address, port, addressType, fd }) {
  if (addressType === 'udp4' || addressType === 'udp6') {
    const error = attempt(newServer.UDP, (handle) => handle.bind(address ?? '', 0, 0));
    if (fd !== undefined && fd >= 0) throw error;
    return error;
  }
  const isPath = (port ?? 0) < 0 && typeof address === 'string';
  if (isPath) throw attempt(newServer.Pipe, (handle) => handle.bind(address));
  throw attempt(newServer.TCP, (handle) => handle.bind('', 0));
}

module.exports = { mayListen, denial };

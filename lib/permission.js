'use strict';

/**
 * The right to use the network, of Node's permission model (`--allow-net`, Node 25 and later). Native
 * code is not asked for it, so a worker asks before the primary listens for it, and so does the primary.
 */

const { newServer } = require('./natives');

/** Node's own refusal, or whatever else comes of an attempt: handles throw an error, or return one. */
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

/** Before Node 25 there is no such right, and `has()` is false: ask for what is no address. */
function mayListen() {
  if (process.permission === undefined || process.permission.has('net')) return true;
  return !isDenial(attempt(newServer.TCP, (handle) => handle.bind('', 0)));
}

/**
 * Refuses to listen as Node does in a single process. To be called only if `mayListen()` is false, for
 * else it would bind.
 *
 * @param {object} options of `cluster._getServer`
 * @returns {Error} for `dgram`, which emits it
 * @throws what `net` throws, and `dgram` if it was given a descriptor
 */
function denial({ address, port, addressType, fd }) {
  if (addressType === 'udp4' || addressType === 'udp6') {
    const error = attempt(newServer.UDP, (handle) => handle.bind(address ?? '', 0, 0));
    if (fd >= 0) throw error;
    return error;
  }
  const isPath = port < 0 && typeof address === 'string';
  if (isPath) throw attempt(newServer.Pipe, (handle) => handle.bind(address));
  throw attempt(newServer.TCP, (handle) => handle.bind('', 0));
}

module.exports = { mayListen, denial };

'use strict';

/** Makes a real handle on a datagram socket of the primary, which several workers share. */

const fs = require('node:fs');
const handleTypeOf = require('./handle_type');
const { newServer, open } = require('./natives');

/**
 * @param {number} descriptor belongs to the handle from now on. It is negative if the process had no free
 *   descriptor
 * @param {() => void} onclose
 * @returns {{ close(): void } | undefined} undefined if the descriptor is negative, or is no datagram socket, or if it
 *   cannot be opened
 */
module.exports = function datagramHandle(descriptor, onclose) {
  if (descriptor < 0) return undefined;
  if (handleTypeOf(descriptor)?.native !== 'UDP') {
    fs.closeSync(descriptor);
    return undefined;
  }
  const handle = newServer.UDP();
  if (open(handle, descriptor) !== 0) return undefined;
  const { close } = handle;
  handle.close = function (...args) {
    handle.close = close;
    onclose();
    return close.apply(this, args);
  };
  return handle;
};

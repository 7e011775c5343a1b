'use strict';

/** Makes a real handle on the primary's socket, which several workers share. */

const fs = require('node:fs');
const binding = require('./binding');
const { newServer, open } = require('./natives');

/**
 * @param {import('./query').Query} query
 * @param {number} descriptor belongs to the handle from now on. It is negative if the process had no free
 *   descriptor
 * @param {() => void} onclose
 * @returns {{ close(): void } | undefined} undefined if the descriptor is negative, or is not the kind of socket that the
 *   query asks for, or if it cannot be opened
 */
module.exports = function sharedHandle({ addressType }, descriptor, onclose) {
  if (descriptor < 0) return undefined;
  const isDatagram = addressType === 'udp4' || addressType === 'udp6';
  const known = binding.load().handleTypeOf(descriptor);
  if (known === null || (isDatagram ? known.native !== 'UDP' : !known.listens)) {
    fs.closeSync(descriptor);
    return undefined;
  }
  const handle = newServer[known.native]();
  if (open(handle, descriptor) !== 0) return undefined;
  const { close } = handle;
  handle.close = function (...args) {
    handle.close = close;
    onclose();
    return close.apply(this, args);
  };
  return handle;
};

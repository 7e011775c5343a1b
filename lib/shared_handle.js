'use strict';

/** A real handle around the primary's socket, for a server that several workers share. */

const fs = require('node:fs');
const binding = require('./binding');
const { newServer, open } = require('./natives');

/**
 * @param {{ addressType: unknown }} query what was asked for
 * @param {number} descriptor is the handle's from now on; negative if there was no room for it
 * @param {() => void} onclose
 * @returns {object | undefined} nothing if the descriptor is not what was asked for, or is not there
 */
module.exports = function sharedHandle({ addressType }, descriptor, onclose) {
  if (descriptor < 0) return undefined;
  const isDatagram = addressType === 'udp4' || addressType === 'udp6';
  const known = binding.load().handleTypeOf(descriptor);
  if (known === undefined || (isDatagram ? known.native !== 'UDP' : !known.listens)) {
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

'use strict';

/** What a descriptor is. The kernel says it, and not the process that sent the descriptor. */

const binding = require('./binding');

/**
 * By the addon's name for it (`src/binding/handle_type.rs`).
 *
 * - `native`: Node's handle class.
 * - `listens`: whether it accepts connections.
 * - `dgramType`: the argument of `dgram.createSocket()`.
 *
 * @typedef {{ native: 'TCP' | 'Pipe' | 'UDP', listens: boolean, dgramType?: 'udp4' | 'udp6' }} HandleType
 *
 * @type {Record<string, HandleType>}
 */
const TYPES = {
  TCP: { native: 'TCP', listens: false },
  'TCP server': { native: 'TCP', listens: true },
  Pipe: { native: 'Pipe', listens: false },
  'Pipe server': { native: 'Pipe', listens: true },
  udp4: { native: 'UDP', listens: false, dgramType: 'udp4' },
  udp6: { native: 'UDP', listens: false, dgramType: 'udp6' },
};

/** @returns {HandleType | undefined} undefined if it is closed, or if no handle class of Node can wrap it */
module.exports = function handleTypeOf(descriptor) {
  const name = binding.load().handleTypeOf(descriptor);
  return name === null ? undefined : TYPES[name];
};

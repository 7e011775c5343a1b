'use strict';

/**
 * What a worker asks the primary for when one of its servers listens, made of the options that `net`
 * and `dgram` give to `cluster._getServer`. A number means here what it means in a single process.
 */

const path = require('node:path');

/** The kernel takes no longer path, path_resolution(7); what a socket's address holds is much less. */
const LONGEST_ADDRESS = 4096;

const isInt32 = (number) => number === (number | 0);

const isDatagram = (addressType) => addressType === 'udp4' || addressType === 'udp6';

/** Texts as libuv gets them: a lone surrogate has no bytes in UTF-8. */
const wellFormed = (text) => Buffer.from(text).toString();

function addressOf(address, port) {
  if (typeof address !== 'string') return null;
  // An abstract address of Linux begins with a zero byte and is no path.
  const isPath = port < 0 && address[0] !== '\0';
  // The primary's working directory is another one.
  return wellFormed(isPath ? path.resolve(address) : address);
}

/** `dgram` passes on what it was given, and libuv writes its low 16 bits into the address. */
const portOf = (port, addressType) => (isDatagram(addressType) ? ((port || 0) >>> 0) & 0xffff : Number(port));

/** Node's default, and then the conversion of Node's own `listen` of a handle. */
const backlogOf = (backlog) => +(backlog || 511) | 0;

/**
 * @param {object} options
 * @returns {object | undefined} nothing if such a socket cannot be: Node's error is EINVAL
 */
module.exports = function queryOf(options) {
  const { address, port, addressType, fd, flags, backlog, readableAll, writableAll } = options;
  const number = port == null ? null : portOf(port, addressType);
  const query = {
    address: addressOf(address, number),
    port: number,
    addressType,
    fd: fd ?? null,
    flags: flags >>> 0,
    backlog: backlogOf(backlog),
    readableAll: Boolean(readableAll),
    writableAll: Boolean(writableAll),
  };
  const fits = [number, query.fd].every((each) => each === null || isInt32(each));
  return fits && Buffer.byteLength(query.address ?? '') <= LONGEST_ADDRESS ? query : undefined;
};

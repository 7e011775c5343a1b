'use strict';

/**
 * Makes the query that a worker sends when one of its servers listens. `net` and `dgram` pass the options to
 * `cluster._getServer`. A number has the same meaning as in a single process.
 */

const path = require('node:path');

/**
 * The longest address in bytes: the limit of the kernel for paths, path_resolution(7). The path in a socket's
 * address is much shorter.
 */
const LONGEST_ADDRESS = 4096;

/** @typedef {4 | 6 | -1 | 'udp4' | 'udp6' | null} AddressType -1 is a unix socket. With `fd` it may be null */

/**
 * The options of `cluster._getServer`. `dgram` does not check the port of its caller.
 *
 * @typedef {object} Options
 * @property {string | null} [address] an IP address, or the path of a unix socket
 * @property {number | null} [port] -1 for a unix socket
 * @property {AddressType} [addressType]
 * @property {number} [fd] a descriptor of the primary
 * @property {number | null} [flags] of libuv's `bind()`
 * @property {number} [backlog]
 * @property {boolean} [readableAll]
 * @property {boolean} [writableAll]
 */

/**
 * @typedef {object} Query
 * @property {string | null} address a path is absolute
 * @property {number | null} port
 * @property {AddressType} [addressType]
 * @property {number | null} fd
 * @property {number} flags
 * @property {number} backlog
 * @property {boolean} readableAll
 * @property {boolean} writableAll
 * @property {number} [index] see `./ordinals`
 * @property {unknown} [data] the TLS ticket keys of the server
 */

const isInt32 = (number) => number === (number | 0);

const isDatagram = (addressType) => addressType === 'udp4' || addressType === 'udp6';

/** The text that libuv would get. UTF-8 cannot represent a lone surrogate, so it is replaced. */
const wellFormed = (text) => Buffer.from(text).toString();

function addressOf(address, port) {
  if (typeof address !== 'string') return null;
  // An abstract address of Linux begins with a zero byte, and is not a path.
  const isPath = port < 0 && address[0] !== '\0';
  // A relative path is resolved here, because the primary may have another working directory.
  return wellFormed(isPath ? path.resolve(address) : address);
}

/** `dgram` does not convert the port of its caller, and libuv uses the low 16 bits. */
const portOf = (port, addressType) => (isDatagram(addressType) ? ((port || 0) >>> 0) & 0xffff : Number(port));

/** Node's default, converted as in `listen()` of Node's own handles. */
const backlogOf = (backlog) => +(backlog || 511) | 0;

/**
 * @param {Options} options
 * @returns {Query | undefined} undefined if such a socket cannot exist. Node's error for it is EINVAL
 */
module.exports = function queryOf(options) {
  const { address, port, addressType, fd, flags, backlog, readableAll, writableAll } = options;
  const number = port == null ? null : portOf(port, addressType);
  const query = {
    address: addressOf(address, number),
    port: number,
    addressType,
    fd: fd ?? null,
    flags: (flags ?? 0) >>> 0,
    backlog: backlogOf(backlog),
    readableAll: Boolean(readableAll),
    writableAll: Boolean(writableAll),
  };
  const fits = [number, query.fd].every((each) => each === null || isInt32(each));
  return fits && Buffer.byteLength(query.address ?? '') <= LONGEST_ADDRESS ? query : undefined;
};

'use strict';

/** The primary's reply to a worker's query, as it comes over the lane. `server.js` reads it here. */

const { isInteger, isKey, isText, oneOf, pick } = require('./fields');

const isAny = () => true;

/** libuv's error numbers are the system's, negative. */
const isErrno = (value) => isInteger(value) && value <= 0 && value > -4096;

/** No descriptor came, and none was sent. */
const NONE = -1;

/** Where a server listens, as `getsockname()` of Node's handles has it. */
const PLACE = { address: isText, family: oneOf('IPv4', 'IPv6'), port: isInteger };

/** Nobody deals datagrams. */
const modesFor = ({ addressType }) => (typeof addressType === 'string' ? ['shared'] : ['dealt', 'shared']);

/** A unix socket has a path and nothing else. What a descriptor of the primary is, only the primary knows. */
const hasName = ({ fd, port }, sockname) => fd >= 0 || (port === -1) === (sockname == null);

/**
 * @param {string} text JSON
 * @param {number} descriptor came with it; NONE, or the error number of one for which there was no room
 * @param {(seq: number) => object | undefined} queryOf the query that waits for this reply
 * @returns {{ seq: number, errno: number, mode?: string, key?: number, sockname?: object | null, data?: unknown }} with
 *   a key unless `errno` says that it failed. `data` is of another worker's server, and opaque
 * @throws where no primary replies so
 */
module.exports = function read(text, descriptor, queryOf) {
  const written = JSON.parse(text);
  const { seq, errno } = pick(written, { seq: (value) => queryOf(value) !== undefined, errno: isErrno });
  const query = queryOf(seq);
  if (errno !== 0) {
    if (descriptor >= 0) throw new TypeError('a descriptor came with an error');
    return { seq, errno };
  }
  const { mode, key, sockname, data } = pick(written, {
    mode: oneOf(...modesFor(query)),
    key: isKey,
    sockname: (value) => hasName(query, value),
    data: isAny,
  });
  // Without room for the descriptor of a shared handle, its error number is there.
  if ((mode === 'shared') !== (descriptor !== NONE))
    throw new TypeError(`descriptor ${descriptor} with mode ${mode}`);
  return { seq, errno, mode, key, data, sockname: sockname == null ? null : pick(sockname, PLACE) };
};

'use strict';

/** What the primary says of a query whose handle is open, as it comes over the lane. `servers.js` reads it here. */

const { isInteger, isText, oneOf, pick } = require('./fields');

const isAny = () => true;

/** Where a server listens, as `getsockname()` of Node's handles has it. */
const PLACE = { address: isText, family: oneOf('IPv4', 'IPv6'), port: isInteger };

/** Nobody deals datagrams. */
const modesFor = ({ addressType }) => (typeof addressType === 'string' ? ['shared'] : ['dealt', 'shared']);

/** A unix socket has a path and nothing else. What a descriptor of the primary is, only the primary knows. */
const hasName = ({ fd, port }, sockname) => fd >= 0 || (port === -1) === (sockname === null);

/**
 * The addon has read the frame: its fields have their types, and a descriptor came with mode 'shared' only.
 *
 * @param {object | undefined} query the query that waits for this reply
 * @param {'dealt' | 'shared'} mode
 * @param {string} sockname JSON
 * @param {string} data JSON. It is of another worker's server, and opaque
 * @returns {{ sockname: object | null, data: unknown }}
 * @throws where no primary replies so
 */
module.exports = function read(query, mode, sockname, data) {
  if (query === undefined) throw new TypeError('no query waits for it');
  const said = pick(
    { mode, sockname: JSON.parse(sockname), data: JSON.parse(data) },
    { mode: oneOf(...modesFor(query)), sockname: (value) => hasName(query, value), data: isAny },
  );
  return { data: said.data, sockname: said.sockname === null ? null : pick(said.sockname, PLACE) };
};

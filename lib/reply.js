'use strict';

/** Checks the primary's reply to a query whose handle is open. The reply comes over the lane to `servers.js`. */

const { isInteger, isText, oneOf, pick } = require('./fields');

const isAny = () => true;

/** The fields of a `sockname`. They are the same as in `getsockname()` of Node's handles. */
const PLACE = { address: isText, family: oneOf('IPv4', 'IPv6'), port: isInteger };

/** The reactor does not deal datagrams. @param {import('./query').Query} query */
const modesFor = ({ addressType }) => (typeof addressType === 'string' ? ['shared'] : ['dealt', 'shared']);

/**
 * A unix socket has no `sockname`, and every other socket has one. With `fd`, only the primary knows which it is.
 */
const hasName = ({ fd, port }, sockname) => fd >= 0 || (port === -1) === (sockname === null);

/**
 * Reads a reply. The addon has already checked the types of the frame's fields, and that a descriptor came with
 * mode 'shared' only.
 *
 * @param {import('./query').Query | undefined} query the query that waits for this reply
 * @param {'dealt' | 'shared'} mode
 * @param {string} sockname JSON
 * @param {string} data JSON. It comes from another worker's server, and is not checked
 * @returns {{ sockname: object | null, data: unknown }}
 * @throws if no correct primary sends this reply
 */
module.exports = function read(query, mode, sockname, data) {
  if (query === undefined) throw new TypeError('no query waits for it');
  const said = pick(
    { mode, sockname: JSON.parse(sockname), data: JSON.parse(data) },
    { mode: oneOf(...modesFor(query)), sockname: (value) => hasName(query, value), data: isAny },
  );
  return { data: said.data, sockname: said.sockname === null ? null : pick(said.sockname, PLACE) };
};

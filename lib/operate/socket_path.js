'use strict';

/** The path of a unix socket, checked: some versions of Node cut a long one, so that it names another socket. */

const errors = require('../errors');

/** In bytes: `sun_path` of unix(7), without the zero at its end. */
const LONGEST = 107;

/**
 * @param {string} file
 * @returns {string} the same
 * @throws ENAMETOOLONG
 */
module.exports = function socketPath(file) {
  if (Buffer.byteLength(file) > LONGEST) throw errors.longPath(file, LONGEST);
  return file;
};

'use strict';

/**
 * Whether this process could read what its workers will load. What nobody can read is better told by
 * the primary, before there is a worker: with `register`, Node's own cluster then does the work.
 */

const fs = require('node:fs');
const path = require('node:path');

/** What a worker loads, and its primary maybe not (`__test__/swap/files-of-workers.js`). */
const OF_WORKERS = [
  'preload',
  'child',
  'servers',
  'faux_handle',
  'ordinals',
  'natives',
  'query',
  'reply',
  'shared_handle',
  'permission',
  'handle',
  'sockets',
];

/** @throws as access(2) */
module.exports = function checkReadable() {
  for (const name of OF_WORKERS) fs.accessSync(path.join(__dirname, `${name}.js`), fs.constants.R_OK);
};

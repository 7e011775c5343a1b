'use strict';

/**
 * Checks that this process can read the files that its workers will load. If it cannot, the first `fork()` fails
 * before there is a worker. With `register`, Node's own cluster is then used.
 */

const fs = require('node:fs');
const path = require('node:path');

/** Files that a worker loads, but a primary may not load (`__test__/swap/files-of-workers.js`). */
const OF_WORKERS = [
  'preload',
  'child',
  'drainer',
  'http2_sessions',
  'http_connections',
  'last_response',
  'spread',
  'requests',
  'registry',
  'servers',
  'faux_handle',
  'once_listening',
  'ordinals',
  'natives',
  'query',
  'reply',
  'room',
  'datagram_handle',
  'shared_handle',
  'ticket_keys',
  'permission',
  'handle',
  'handle_type',
  'sockets',
];

/** @throws the errors of access(2) */
module.exports = function checkReadable() {
  for (const name of OF_WORKERS) fs.accessSync(path.join(__dirname, `${name}.js`), fs.constants.R_OK);
};

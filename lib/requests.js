'use strict';

/** Counts the requests of this worker, for `maxRequests`. A worker that has no limit does not load this. */

const diagnostics = require('node:diagnostics_channel');

/** Node's own channel, for `node:http` and `node:https`. */
const HTTP = 'http.server.request.start';

/**
 * @param {number} limit 1 or more
 * @param {() => void} reached called once, when that many requests have begun from now on
 */
module.exports = function countRequests(limit, reached) {
  let remaining = limit;
  const channel = diagnostics.channel(HTTP);
  const count = () => {
    if (--remaining > 0) return;
    channel.unsubscribe(count);
    reached();
  };
  channel.subscribe(count);
};

'use strict';

/** Counts the requests of this worker, for `maxRequests`. A worker that has no limit does not load this. */

const diagnostics = require('node:diagnostics_channel');
const http2Sessions = require('./http2_sessions');

/** Node's own channel, for `node:http` and `node:https`. Not all Node lines have one for HTTP/2. */
const HTTP = 'http.server.request.start';

/**
 * @param {number} limit 1 or more
 * @param {() => void} reached called once, when that many requests have begun from now on
 */
module.exports = function countRequests(limit, reached) {
  let remaining = limit;
  const channel = diagnostics.channel(HTTP);
  const count = () => {
    if (--remaining !== 0) return;
    reached();
    // Node 18 does not expect that a subscriber goes while it is called.
    process.nextTick(() => {
      channel.unsubscribe(count);
      http2Sessions.onstream(undefined);
    });
  };
  channel.subscribe(count);
  http2Sessions.onstream(count);
};

'use strict';

/**
 * Before a host stops, a balancer learns that it shall choose another one. In this time the worker goes on serving, and each
 * response of HTTP/1 closes its connection, so that the client's next one goes to another host.
 */

const diagnostics = require('node:diagnostics_channel');
const closeAfter = require('./last_response');

/** Node's own channel. It has the response before the program has it. */
const HTTP = 'http.server.request.start';

let hasBegun = false;

/** From now on, for all servers of this process. */
module.exports = function beginLastResponses() {
  if (hasBegun) return;
  hasBegun = true;
  diagnostics.channel(HTTP).subscribe(({ response }) => closeAfter(response, () => false));
};

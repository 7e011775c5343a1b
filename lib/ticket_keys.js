'use strict';

/** TLS ticket keys, which all servers of one socket have in common, so that a client can resume its session at each. */

/**
 * Gives a server the keys of the first server that listens on the same socket. That one may be in any worker. If it does
 * not use TLS, this server keeps its own keys.
 *
 * @param {import('node:net').Server | import('node:dgram').Socket} server
 * @param {unknown} data what Node's `_getServerData()` of that server returned, if it has this method
 */
module.exports = function giveTicketKeys(server, data) {
  // Node's own method, of tls.Server.
  const { _setServerData: give } = /** @type {{ _setServerData?: (data: unknown) => void }} */ (
    /** @type {unknown} */ (server)
  );
  if (typeof give !== 'function' || data == null) return;
  try {
    Reflect.apply(give, server, [data]);
  } catch (error) {
    const reason = `those of another worker are not valid (${error.message})`;
    process.emitWarning(`a server keeps its own TLS ticket keys, because ${reason}`);
  }
};

'use strict';

/**
 * Calls back when a server listens. As in Node, this is one of the server's 'listening' listeners, and runs in their
 * order. It is cancelled if listening fails, because the server may try again (`__test__/events/listening-once.js`).
 *
 * @param {import('node:net').Server | import('node:dgram').Socket} server
 * @param {() => void} callback
 * @returns {() => void} cancels it
 */
module.exports = function onceListening(server, callback) {
  let isCancelled = false;
  const onlistening = () => {
    // The server may have been closed before the event, by a listener that ran earlier.
    if (!isCancelled) callback();
  };
  server.once('listening', onlistening);
  return () => {
    isCancelled = true;
    server.off('listening', onlistening);
  };
};

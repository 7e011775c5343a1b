'use strict';

/**
 * Waits until a full server has room. It needs a timer, because a server has no event for the end of a connection, and the
 * program may raise `maxConnections`.
 */

/** How often it is checked, in ms. */
const INTERVAL = 5;

/**
 * @param {() => boolean} isFull
 * @param {() => void} done
 */
module.exports = function waitForRoom(isFull, done) {
  const timer = setInterval(() => {
    if (isFull()) return;
    clearInterval(timer);
    done();
  }, INTERVAL);
  timer.unref();
};

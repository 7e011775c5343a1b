'use strict';

/** Makes a response of `node:http` the last one of its connection. */

const KEEP_ALIVE = /^(connection: *)keep-alive(\r\n)|^keep-alive:.*\r\n/gim;

/** Whether a request has come behind that of `response` (pipelining). Then another response is the last one. */
function isFollowed({ req }) {
  // Node's field: the request that was parsed last.
  const last = req.socket?.parser?.incoming;
  return Boolean(last) && last !== req;
}

/**
 * The client is told by `Connection: close`, whatever the program says: programs copy `keep-alive`
 * from elsewhere (a proxy, from the server behind it).
 *
 * @param {import('node:http').ServerResponse} response whose head is not written yet
 * @param {() => boolean} isOver whether it is the last one even if another request has come
 */
module.exports = function closeAfter(response, isOver) {
  const store = response._storeHeader;
  response._storeHeader = function (...args) {
    const isLast = isOver() || !isFollowed(this);
    if (isLast) this.shouldKeepAlive = false;
    const result = Reflect.apply(store, this, args);
    // Node's field: the connection ends behind this response.
    if (!isLast || this._last || typeof this._header !== 'string') return result;
    this._header = this._header.replace(KEEP_ALIVE, (line, name, end) =>
      name === undefined ? '' : `${name}close${end}`,
    );
    this.shouldKeepAlive = false;
    this._last = true;
    return result;
  };
};

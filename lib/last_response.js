'use strict';

/** Makes a response of `node:http` the last one of its connection. */

const KEEP_ALIVE = /^(connection: *)keep-alive(\r\n)|^keep-alive:.*\r\n/gim;

/**
 * The client is told by `Connection: close`, whatever the program says: programs copy `keep-alive`
 * from elsewhere (a proxy, from the server behind it).
 *
 * @param {import('node:http').ServerResponse} response whose head is not written yet
 */
module.exports = function closeAfter(response) {
  response.shouldKeepAlive = false;
  const store = response._storeHeader;
  response._storeHeader = function (...args) {
    const result = Reflect.apply(store, this, args);
    // Node's field: the connection ends behind this response.
    if (this._last || typeof this._header !== 'string') return result;
    this._header = this._header.replace(KEEP_ALIVE, (line, name, end) =>
      name === undefined ? '' : `${name}close${end}`,
    );
    this.shouldKeepAlive = false;
    this._last = true;
    return result;
  };
};

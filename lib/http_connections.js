'use strict';

/**
 * The connections of a server of HTTP/1, and which of them are idle, for a drain.
 *
 * Node's `closeIdleConnections()` takes a connection for idle as soon as `response.end()` was called, and destroys it while
 * the response is being sent (`__test__/drain/idle.js`). `server.close()` calls it from Node 19 on.
 */

/** @typedef {import('node:net').Socket & { _httpMessage?: object }} Connection with its response, if it has one */

/** Node's own list, of which a server has one when it listens. It also has connections that are not referenced. */
function listOf(server) {
  const symbols = Object.getOwnPropertySymbols(server);
  const key = symbols.find(({ description }) => description === 'http.server.connections');
  return key === undefined ? undefined : server[key];
}

const socketsOf = (parsers = []) => parsers.map(({ socket }) => socket).filter((socket) => socket);

/** @returns {Connection[]} all connections of this server; none if it is not one of HTTP/1 */
const all = (server) => socketsOf(listOf(server)?.all());

/** @returns {Connection[]} those that have neither a part of a request nor a response */
function idle(server) {
  const known = new Set(socketsOf(listOf(server)?.idle()));
  // Before Node 26, one that has brought nothing yet is in another list.
  const isIdle = (socket) => known.has(socket) || socket.bytesRead === 0;
  return all(server).filter((socket) => isIdle(socket) && !socket._httpMessage);
}

/** `server.close()` for any server, which keeps the idle connections. */
function stopListening(server) {
  if (listOf(server) === undefined) {
    server.close();
    return;
  }
  const { closeIdleConnections } = server;
  server.closeIdleConnections = () => {};
  try {
    server.close();
  } finally {
    server.closeIdleConnections = closeIdleConnections;
  }
}

module.exports = { all, idle, stopListening };

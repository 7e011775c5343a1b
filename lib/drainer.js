'use strict';

/**
 * A drain, in the worker: it ends what this worker serves, so that no request is lost.
 *
 * `server.close()` comes late, because it closes idle connections, and a request may be on its way
 * over one of them. First each response says `Connection: close`, so that clients leave by themselves.
 */

const { isWatched, sessionsOf, notice } = require('./http2_sessions');
const connections = require('./http_connections');
const closeAfter = require('./last_response');
const { dgramHandle } = require('./natives');
const spread = require('./spread');
const trace = require('./trace');

/** Only a drain loads these: a worker need not use them. */
const loadNet = () => require('node:net');
const loadHttp = () => require('node:http');

const isDatagram = (server) => server instanceof require('node:dgram').Socket;

/** What remains at the deadline is closed within this last part of the time, one after the other. */
const SPREAD = 0.1;

/** How long an idle connection stays if its server has no limit for it, in ms: Node's default. */
const KEEP_ALIVE = 5000;

/** How long a datagram socket stays, in ms: the program may still answer what it has received. */
const DATAGRAM = 1000;

class Drainer {
  #servers;
  /** The connections of these servers, also those that are no HTTP any more. */
  #sockets = new Set();
  /** The responses of which one says that its connection closes. */
  #told = new WeakSet();
  /** Those whose client was told, by a response that was not yet sent when the drain began, that they stay open. */
  #promised = new Set();
  /** How long an idle connection may bring one more request, in ms. */
  #idleGrace;
  #isClosing = false;
  /** How many servers have not closed. */
  #open = 0;
  #timers = new Set();
  #isDone = false;
  #done;

  /**
   * @param {Set<import('node:net').Server | import('node:dgram').Socket>} servers all that listen in this worker
   * @param {() => void} done called when each server and its connections have closed
   */
  constructor(servers, done) {
    this.#servers = servers;
    this.#done = done;
  }

  /**
   * @param {number} timeout after so many ms whatever remains is closed
   * @param {number} [idleGrace] so many ms an idle connection may bring one more request; if undefined, as
   *   long as its server keeps an idle connection
   */
  start(timeout, idleGrace) {
    this.#collect();
    const last = timeout * (1 - SPREAD);
    this.#idleGrace = Math.min(idleGrace ?? this.#longestIdle(), last);
    for (const server of this.#servers) this.#prepare(server);
    for (const socket of this.#sockets) this.#tell(socket);
    this.#after(this.#idleGrace, () => this.#close());
    this.#after(last, () => this.#closeConnections(timeout - last));
    this.#closeIfUnused();
  }

  #collect() {
    const { Server } = loadNet();
    for (const handle of process._getActiveHandles()) {
      // One that listens without the primary (`exclusive`), or was given its connections by hand.
      if (handle instanceof Server) this.#servers.add(handle);
      if (handle.server instanceof Server) {
        this.#servers.add(handle.server);
        this.#add(handle);
      }
    }
    for (const server of this.#servers) {
      for (const socket of connections.all(server)) this.#add(socket);
    }
  }

  #prepare(server) {
    if (isDatagram(server)) {
      // Others receive from the same socket. This one may still have to answer.
      dgramHandle(server)?.recvStop();
      return;
    }
    server.prependListener('connection', (socket) => this.#add(socket));
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      // A listener for the last two would take the place of Node's own answer.
      if (event !== 'request' && server.listenerCount(event) === 0) continue;
      server.prependListener(event, (request, response) => {
        if (isResponse(response)) this.#closeAfter(response);
      });
    }
    for (const session of sessionsOf(server)) notice(session);
    if (isWatched(server)) server.on('session', notice);
  }

  #add(socket) {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    // What a connection of TLS is made of is not another one.
    this.#sockets.delete(socket._handle?._parentWrap);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#isClosing) this.#endIfClosed();
      else this.#closeIfUnused();
    });
  }

  /** The responses that this connection has when the drain begins. Only the first of them can be seen. */
  #tell(socket) {
    const response = socket._httpMessage;
    if (!isResponse(response) || this.#told.has(response)) return;
    if (response.headersSent) this.#promised.add(socket);
    else this.#closeAfter(response);
    response.once('close', () => {
      this.#tell(socket);
      if (!this.#promised.has(socket)) return;
      this.#after(this.#idleGrace, () => {
        this.#promised.delete(socket);
        if (this.#isClosing) this.#closeIdle();
      });
    });
  }

  #closeAfter(response) {
    this.#told.add(response);
    closeAfter(response, () => this.#isClosing);
  }

  #longestIdle() {
    let longest = 0;
    for (const server of this.#servers) {
      if (isDatagram(server)) longest = Math.max(longest, DATAGRAM);
      // Those of http and https have the first, those of http2 sessions. They have no class in common.
      const { keepAliveTimeout, keepAliveTimeoutBuffer = 0 } = server;
      if (keepAliveTimeout === undefined && !isWatched(server)) continue;
      const idle = keepAliveTimeout > 0 ? keepAliveTimeout + keepAliveTimeoutBuffer : KEEP_ALIVE;
      longest = Math.max(longest, idle);
    }
    return longest;
  }

  #closeIfUnused() {
    if (this.#sockets.size === 0 && ![...this.#servers].some(isDatagram)) this.#close();
  }

  /** No client is in doubt any more about which connections are good. */
  #close() {
    if (this.#isClosing) return;
    this.#isClosing = true;
    trace?.('drain: %d servers close, %d connections remain', this.#servers.size, this.#sockets.size);
    this.#open = this.#servers.size;
    for (const server of this.#servers) {
      close(server, () => {
        this.#open--;
        this.#endIfClosed();
      });
    }
    this.#closeIdle();
    this.#endIfClosed();
  }

  #closeIdle() {
    for (const server of this.#servers) {
      for (const socket of connections.idle(server)) if (!this.#promised.has(socket)) socket.destroy();
    }
  }

  /** The deadline is near. Clients that reconnect do not come all at once. */
  #closeConnections(window) {
    trace?.('drain: %d connections are closed within %d ms', this.#sockets.size, window);
    spread([...this.#sockets], window, (socket) => socket.destroy());
    this.#after(window, () => this.#destroyLate());
  }

  /** What came in the meantime, and the sessions of HTTP/2, which end without an error. */
  #destroyLate() {
    for (const server of this.#servers) {
      for (const session of sessionsOf(server)) session.destroy();
      /** @type {Partial<import('node:http').Server>} */ (server).closeAllConnections?.();
    }
    for (const socket of this.#sockets) socket.destroy();
  }

  #after(ms, callback) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, ms);
    this.#timers.add(timer);
  }

  /** A server does not count the connections that it was given by hand. */
  #endIfClosed() {
    if (this.#open > 0 || this.#sockets.size > 0 || this.#isDone) return;
    this.#isDone = true;
    for (const timer of this.#timers) clearTimeout(timer);
    trace?.('drain: done');
    this.#done();
  }
}

/** Whether it is one of HTTP/1, whose head can say that the connection closes. */
const isResponse = (response) => response instanceof loadHttp().ServerResponse;

/** Calls back when `server` and all its connections have closed, also if the program closes it as well. */
function close(server, closed) {
  if (isDatagram(server)) {
    server.once('close', closed);
    try {
      server.close();
    } catch {
      server.off('close', closed);
      closed();
    }
    return;
  }
  for (const session of sessionsOf(server)) session.close();
  const isOpen = server.listening || server._connections > 0;
  if (isOpen) server.once('close', closed);
  else closed();
  if (server.listening) connections.stopListening(server);
}

module.exports = Drainer;

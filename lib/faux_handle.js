'use strict';

/** The listening handle of a server for which the primary accepts. The server gets its connections from it. */

const { newSocket, open } = require('./natives');

/** Before Node 21, `maxConnections = 0` meant no limit. */
const ZERO_IS_A_LIMIT = Number(process.versions.node.split('.')[0]) >= 21;

/** Has the methods of a listening handle that `net.Server` calls. */
class FauxHandle {
  #server;
  #servers;
  #onclose;
  /** Whether it keeps the process alive. */
  #held = false;
  #open = true;
  /**
   * `net.Server` sets it.
   * @type {(errno: number, client?: object) => void}
   */
  onconnection;
  /** Makes the handle of a connection. */
  #newClient;

  /**
   * @param {import('node:net').Server} server
   * @param {object | null} sockname the result of `getsockname()`; null for a unix socket
   * @param {import('./servers')} servers
   * @param {() => void} onclose
   */
  constructor(server, sockname, servers, onclose) {
    this.#server = server;
    this.#servers = servers;
    this.#onclose = onclose;
    this.#newClient = sockname === null ? newSocket.Pipe : newSocket.TCP;
    if (sockname !== null) {
      // For a unix socket, `server.address()` returns its path only if the handle has no `getsockname()`.
      this.getsockname = (out) => {
        if (this.#open) Object.assign(out, sockname);
        return 0;
      };
    }
    this.ref();
  }

  /** It does nothing, because the primary already listens. The backlog is that of the first server of the key. */
  listen() {
    return 0;
  }

  ref() {
    if (this.#held || !this.#open) return;
    this.#held = true;
    this.#servers.hold(true);
  }

  unref() {
    if (!this.#held) return;
    this.#held = false;
    this.#servers.hold(false);
  }

  close(callback) {
    if (!this.#open) return;
    this.unref();
    this.#open = false;
    this.#onclose();
    if (typeof callback === 'function') process.nextTick(callback);
  }

  /** Whether the server has `maxConnections` connections, and other workers are to get the next ones. */
  isFull() {
    const { maxConnections, _connections, dropMaxConnection } = this.#server;
    if (maxConnections == null || dropMaxConnection) return false;
    return (maxConnections > 0 || ZERO_IS_A_LIMIT) && _connections >= maxConnections;
  }

  /** The server is no longer full. Nothing is to be done, because the primary accepts. */
  resume() {}

  /** Gives a claimed connection to the server. The handle owns the descriptor from now on. */
  accept(descriptor) {
    const client = this.#newClient();
    const errno = open(client, descriptor);
    if (errno === 0) this.#count(client);
    this.onconnection(errno, errno === 0 ? client : undefined);
  }

  /**
   * Counts a connection until its handle is closed by `close()` or, with a reset, by `reset()`. If `reset()`
   * fails, it closes nothing.
   */
  #count(client) {
    const { open } = this.#servers;
    open[0]++;
    const { close, reset } = client;
    const gone = () => {
      client.close = close;
      client.reset = reset;
      open[0]--;
    };
    client.close = function (callback) {
      gone();
      return close.call(this, callback);
    };
    client.reset =
      reset &&
      function (callback) {
        const errno = reset.call(this, callback);
        if (errno === 0) gone();
        return errno;
      };
  }
}

module.exports = FauxHandle;

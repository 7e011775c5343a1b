'use strict';

/** The listening handle of a server whose connections the primary accepts: they come out of it. */

const { newSocket, open } = require('./natives');

/** Before Node 21, `maxConnections = 0` meant no limit. */
const ZERO_IS_A_LIMIT = Number(process.versions.node.split('.')[0]) >= 21;

/** What `net.Server` needs of a listening handle. */
class FauxHandle {
  #server;
  #servers;
  #onclose;
  #held = false;
  #open = true;
  #newClient;

  constructor(server, sockname, servers, onclose) {
    this.#server = server;
    this.#servers = servers;
    this.#onclose = onclose;
    this.#newClient = sockname === null ? newSocket.Pipe : newSocket.TCP;
    if (sockname !== null) {
      // Only TCP: `net.Server.address()` of a unix socket asks the server for its path.
      this.getsockname = (out) => {
        if (this.#open) Object.assign(out, sockname);
        return 0;
      };
    }
    this.ref();
  }

  /** The primary listens, and with the first server's backlog. */
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

  /** Whether the server wants no more connections, and wants others to have them. */
  isFull() {
    const { maxConnections, _connections, dropMaxConnection } = this.#server;
    if (maxConnections == null || dropMaxConnection) return false;
    return (maxConnections > 0 || ZERO_IS_A_LIMIT) && _connections >= maxConnections;
  }

  accept(descriptor) {
    const client = this.#newClient();
    const errno = open(client, descriptor);
    if (errno === 0) this.#count(client);
    this.onconnection(errno, errno === 0 ? client : undefined);
  }

  /** A handle ends by `close()` or, with a reset, by `reset()`, which may fail and close nothing. */
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

'use strict';

/**
 * The handle of a server that accepts by itself (SCHED_NONE), on the socket that several workers share.
 *
 * `net` knows it as a faux handle, because the socket is not on a native handle of Node: that would take all
 * connections that wait. This one takes one each time the worker is woken (`Acceptor` of the addon).
 */

const fs = require('node:fs');
const FauxHandle = require('./faux_handle');
const handleTypeOf = require('./handle_type');

/** @typedef {import('../dist/binding').Acceptor & import('node:events')} Acceptor */

class SharedHandle extends FauxHandle {
  #acceptor;
  /** The server is full, and is watched until it has room. */
  #onfull;

  /**
   * @param {import('node:net').Server} server
   * @param {object | null} sockname
   * @param {import('./servers')} servers
   * @param {object} on
   * @param {() => void} on.onclose
   * @param {() => void} on.onfull
   * @param {Acceptor} acceptor
   */
  constructor(server, sockname, servers, { onclose, onfull }, acceptor) {
    super(server, sockname, servers, onclose);
    this.#onfull = onfull;
    this.#acceptor = acceptor;
    acceptor.on('turn', () => this.#take());
    acceptor.start(acceptor.emit.bind(acceptor));
  }

  /** A program can send the server to another process. This is the class of Node that opens it there. */
  get native() {
    return this.getsockname === undefined ? 'Pipe' : 'TCP';
  }

  get fd() {
    return this.#acceptor.fd;
  }

  listen() {
    this.#acceptor.watch(true);
    return 0;
  }

  close(callback) {
    this.#acceptor.close();
    super.close(callback);
  }

  /** A drain begins: other workers accept from the same socket. */
  retire() {
    this.close();
  }

  #take() {
    if (this.isFull()) {
      this.#acceptor.watch(false);
      this.#onfull();
      return;
    }
    const descriptor = this.#acceptor.accept();
    if (descriptor >= 0) this.accept(descriptor);
  }

  /** The server has room again. */
  resume() {
    this.#acceptor.watch(true);
  }
}

/**
 * @param {import('../dist/binding').LaneEnd} lane
 * @param {number} key
 * @param {number} descriptor belongs to the result from now on. It is negative if the process had no free descriptor
 * @returns the argument of `SharedHandle`; undefined if the descriptor is negative, or is no socket that listens, or
 *   if it cannot be watched
 */
function acceptorOf(lane, key, descriptor) {
  if (descriptor < 0) return undefined;
  if (!handleTypeOf(descriptor)?.listens) {
    fs.closeSync(descriptor);
    return undefined;
  }
  try {
    return /** @type {Acceptor} */ (lane.acceptor(key, descriptor));
  } catch {
    return undefined;
  }
}

module.exports = { SharedHandle, acceptorOf };

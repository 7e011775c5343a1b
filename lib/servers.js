'use strict';

/**
 * Implements `cluster._getServer`. `node:net` and `node:dgram` reach rs-cluster only by this function.
 *
 * If the primary deals connections, a server gets a faux handle, which passes claimed connections to it. Otherwise the
 * workers share the primary's socket: a server accepts by itself, and a datagram socket gets a real handle.
 */

const fs = require('node:fs');
const { constants } = require('node:os');
const datagramHandle = require('./datagram_handle');
const FauxHandle = require('./faux_handle');
const { watch } = require('./http2_sessions');
const onceListening = require('./once_listening');
const Ordinals = require('./ordinals');
const queryOf = require('./query');
const readReply = require('./reply');
const waitForRoom = require('./room');
const { SharedHandle, acceptorOf } = require('./shared_handle');
const giveTicketKeys = require('./ticket_keys');
const trace = require('./trace');

/** It is loaded only with Node's permission model. */
const permission = () => require('./permission');

/** It replaces a ticket if the addon has refused the connection, because the process has no free descriptor. */
const NO_TICKET = 2 ** 32 - 1;

/** @typedef {import('node:net').Server | import('node:dgram').Socket} Server */

/** All servers and datagram sockets that listen in this worker. */
class Servers {
  /** By key: the server, its handle, and whether it is full and waits for room. */
  #handles = new Map();
  /** The queries without a reply, by their number. */
  #queries = new Map();
  #ordinals = new Ordinals();
  /** The number of the last query. */
  #seq = 0;
  /** How many servers and queries keep the process alive. */
  #holds = 0;
  #lane;
  #on;

  /**
   * @param {import('../dist/binding').LaneEnd} lane
   * @param {object} on
   * @param {(address: object) => void} on.listening a server listens. It must tell the primary
   * @param {(key: number) => void} on.closed a server has closed. It must tell the primary
   * @param {() => void} on.lost the primary is gone
   * @param {(error: string) => void} on.refused the primary has made a protocol error
   */
  constructor(lane, on) {
    this.#lane = lane;
    this.#on = on;
    /** How many dealt connections are open. It is in the ledger, if there is one. */
    this.open = lane.openConnections() ?? new Uint32Array(1);
    lane.on('end', (error) => (error === undefined ? on.lost() : on.refused(`its lane: ${error}`)));
    lane.on('listening', (...reply) => this.#listening(...reply));
    lane.on('failed', (seq, errno) => this.#failed(seq, errno));
    lane.on('connections', (...pairs) => {
      // Each is handled in its own tick, so that a listener that throws does not lose the next connection.
      for (let i = 0; i < pairs.length; i += 2) {
        process.nextTick(this.#connection, pairs[i], pairs[i + 1]);
      }
    });
    lane.start(lane.emit.bind(lane));
  }

  /**
   * `cluster._getServer`. `net` and `dgram` call it to listen or bind.
   *
   * @param {Server} server
   * @param {import('./query').Options} options
   * @param {(errno: number, handle: object | null) => void} callback
   */
  getServer(server, options, callback) {
    // Before Node 20, `net` also calls this for a server that already has a handle.
    if (options.port === -1 && options.fd === undefined && server._handle) {
      callback(0, server._handle);
      return;
    }
    // As in Node, a worker that has disconnected gets no answer (listen-too-late.js).
    if (!process.connected) return;
    if (process.permission !== undefined && !permission().mayListen()) {
      process.nextTick(callback, permission().denial(options), null);
      return;
    }
    const query = queryOf(options);
    if (query === undefined) {
      process.nextTick(callback, -constants.errno.EINVAL, null);
      return;
    }
    const ordinal = this.#ordinals.take(query);
    query.index = ordinal.index;
    if (typeof server._getServerData === 'function') query.data = server._getServerData();

    const cancel = onceListening(server, () => {
      const { address, addressType } = query;
      const port = /** @type {{ port?: number } | null} */ (server.address())?.port || options.port;
      this.#on.listening({ address, port, addressType, fd: options.fd });
    });
    const abandon = () => {
      cancel();
      ordinal.close();
    };

    watch(server);
    const seq = ++this.#seq;
    this.#queries.set(seq, { server, callback, query, abandon });
    this.hold(true);
    trace?.('query %d: %j', seq, query);
    const errno = this.#lane.query(seq, JSON.stringify(query));
    // In the next tick, because `net` expects no callback before this returns.
    if (errno < 0) process.nextTick(() => this.#queries.has(seq) && this.#failed(seq, errno));
  }

  /** Removes and returns the query that has its reply. */
  #answered(seq) {
    const entry = this.#queries.get(seq);
    this.#queries.delete(seq);
    this.hold(false);
    return entry;
  }

  #failed(seq, errno) {
    if (!this.#queries.has(seq)) {
      this.#on.refused('a reply is not valid (no query waits for it)');
      return;
    }
    trace?.('query %d: reply error %d', seq, errno);
    const { callback, abandon } = this.#answered(seq);
    abandon();
    callback(errno, null);
  }

  #listening(seq, mode, key, nameText, dataText, descriptor) {
    let reply;
    try {
      reply = readReply(this.#queries.get(seq)?.query, mode, nameText, dataText);
    } catch (error) {
      if (descriptor >= 0) fs.closeSync(descriptor);
      this.#on.refused(`a reply is not valid (${error.message})`);
      return;
    }
    const { sockname, data } = reply;
    trace?.('query %d: reply key %d, descriptor %d', seq, key, descriptor);
    const { server, callback, query, abandon, isLate } = this.#answered(seq);
    const onclose = () => {
      trace?.('key %d: closed', key);
      this.#handles.delete(key);
      this.#lane.closed(key);
      this.#on.closed(key);
      abandon();
    };
    const handle =
      mode === 'dealt'
        ? new FauxHandle(server, sockname, this, onclose)
        : typeof query.addressType === 'string'
          ? datagramHandle(descriptor, onclose)
          : this.#share(server, sockname, key, descriptor, onclose);
    if (handle === undefined) {
      this.#lane.closed(key);
      // If this process had no free descriptor, `descriptor` is an error number.
      abandon();
      callback(descriptor < 0 ? descriptor : -constants.errno.EINVAL, null);
      return;
    }
    if (isLate) {
      // The primary answered before it knew of the drain. A worker that leaves gets no answer.
      handle.close();
      return;
    }
    giveTicketKeys(server, data);
    this.#handles.set(key, { server, handle });
    callback(0, handle);
  }

  #share(server, sockname, key, descriptor, onclose) {
    const acceptor = acceptorOf(this.#lane, key, descriptor);
    const onfull = () => this.#watchForRoom(key, this.#handles.get(key));
    return acceptor && new SharedHandle(server, sockname, this, { onclose, onfull }, acceptor);
  }

  // One function for all connections, so that no closure is made for each.
  #connection = (key, ticket) => {
    const entry = this.#handles.get(key);
    if (ticket === NO_TICKET) {
      trace?.('connection of key %d: refused, because no descriptor is free', key);
      if (entry !== undefined) this.#watchForRoom(key, entry);
    } else if (entry === undefined) {
      trace?.('connection of key %d: refused, because the server has closed', key);
      this.#lane.refuse(ticket);
    } else if (entry.handle.isFull()) {
      trace?.('connection of key %d: refused, because the server is full', key);
      this.#lane.refuse(ticket);
      this.#watchForRoom(key, entry);
    } else {
      // It is negative if the primary has revoked the offer, because this worker was late.
      const descriptor = this.#lane.claim(ticket);
      trace?.('connection of key %d: %s', key, descriptor >= 0 ? 'claimed' : 'was revoked');
      if (descriptor >= 0) entry.handle.accept(descriptor);
    }
  };

  /** Tells the primary when a full server has room. */
  #watchForRoom(key, entry) {
    if (entry.isWatched) return;
    entry.isWatched = true;
    const isOpen = () => this.#handles.get(key) === entry;
    const isFull = () => isOpen() && entry.handle.isFull();
    waitForRoom(isFull, () => {
      entry.isWatched = false;
      if (!isOpen()) return;
      entry.handle.resume();
      this.#lane.room(key);
    });
  }

  /** A server that listens, or waits for a reply, keeps the worker alive. @param {boolean} isHeld */
  hold(isHeld) {
    this.#holds += isHeld ? 1 : -1;
    if (this.#holds === (isHeld ? 1 : 0)) this.#lane.hold(isHeld);
  }

  /** A drain begins, and the primary deals nothing more. @returns {Set<Server>} all that listen */
  retire() {
    for (const query of this.#queries.values()) query.isLate = true;
    const entries = [...this.#handles.values()];
    for (const { handle } of entries) handle.retire?.();
    return new Set(entries.map(({ server }) => server));
  }

  /** Closes all servers by their own `close()`, which waits until open connections have ended. */
  close(done) {
    let remaining = 1;
    const one = () => {
      if (--remaining === 0) done();
    };
    for (const { server } of [...this.#handles.values()]) {
      remaining++;
      server.close(one);
    }
    one();
  }

  /** The primary is gone, or this worker has disconnected. */
  end() {
    for (const { abandon } of this.#queries.values()) abandon();
    this.#queries.clear();
    this.#lane.close();
  }
}

module.exports = Servers;

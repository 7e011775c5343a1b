'use strict';

/**
 * The one seam to `node:net` and `node:dgram`: what `cluster._getServer` gives them.
 *
 * A round-robin server gets a faux handle: it answers what `net.Server` asks of a listening
 * handle, and connections that the primary accepted come out of it. A shared server gets a real
 * handle around the primary's socket.
 */

const fs = require('node:fs');
const { constants } = require('node:os');
const FauxHandle = require('./faux_handle');
const Ordinals = require('./ordinals');
const queryOf = require('./query');
const readReply = require('./reply');
const sharedHandle = require('./shared_handle');
const trace = require('./trace');

/** Loaded only with Node's permission model. */
const permission = () => require('./permission');

/** How often a server at its `maxConnections` is asked whether it has room again, in ms. */
const ROOM_INTERVAL = 5;

/** In the place of a ticket: the process has no descriptor left, and the connection was refused. */
const NO_TICKET = 2 ** 32 - 1;

/** @typedef {import('node:net').Server | import('node:dgram').Socket} Server */

/** All that listens in this worker. */
class Servers {
  /** The handles by the primary's key. */
  #handles = new Map();
  /** What waits for a reply, by its number. */
  #queries = new Map();
  #ordinals = new Ordinals();
  #seq = 0;
  #holds = 0;
  #lane;
  #on;

  /**
   * @param {object} lane the addon's LaneEnd
   * @param {object} on
   * @param {(address: object) => void} on.listening a server listens: the primary is to be told
   * @param {(key: number) => void} on.closed a server has closed: the primary is to be told
   * @param {() => void} on.lost the primary is gone
   * @param {(error: string) => void} on.refused the primary broke the protocol
   */
  constructor(lane, on) {
    this.#lane = lane;
    this.#on = on;
    /** How many connections that came over the lane are open; in the ledger, where there is one. */
    this.open = lane.openConnections() ?? new Uint32Array(1);
    lane.on('end', (error) => (error === undefined ? on.lost() : on.refused(`its lane: ${error}`)));
    lane.on('listening', (...reply) => this.#listening(...reply));
    lane.on('failed', (seq, errno) => this.#failed(seq, errno));
    lane.on('connections', (...pairs) => {
      // Each in a tick of its own, so that a listener that throws loses no other connection.
      for (let i = 0; i < pairs.length; i += 2) {
        process.nextTick(this.#connection, pairs[i], pairs[i + 1]);
      }
    });
    lane.start(lane.emit.bind(lane));
  }

  /**
   * `cluster._getServer`: `net` and `dgram` call it to listen or bind.
   *
   * @param {Server} server
   * @param {object} options address, port, addressType, fd, flags, backlog, …
   * @param {(errno: number, handle: object | null) => void} callback
   */
  getServer(server, options, callback) {
    // Node before 20 asks for a server that was given a handle, too.
    if (options.port === -1 && options.fd === undefined && server._handle) {
      callback(0, server._handle);
      return;
    }
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

    // As in Node, in its turn among those who listen for 'listening'. It is taken off if this listen
    // fails, for the server may try again (listening-once.js).
    let abandoned = false;
    const announce = () => {
      if (abandoned) return; // It was closed in the same breath.
      const { address, addressType } = query;
      const port = server.address()?.port || options.port;
      this.#on.listening({ address, port, addressType, fd: options.fd });
    };
    server.once('listening', announce);
    const abandon = () => {
      abandoned = true;
      server.off('listening', announce);
      ordinal.close();
    };

    const seq = ++this.#seq;
    this.#queries.set(seq, { server, callback, query, abandon });
    this.hold(true);
    trace?.('query %d: %j', seq, query);
    const errno = this.#lane.query(seq, JSON.stringify(query));
    // In a tick of its own: `net` does not expect an answer before this returns.
    if (errno < 0) process.nextTick(() => this.#queries.has(seq) && this.#failed(seq, errno));
  }

  /** Takes out the query that this reply answers. */
  #answered(seq) {
    const waiting = this.#queries.get(seq);
    this.#queries.delete(seq);
    this.hold(false);
    return waiting;
  }

  #failed(seq, errno) {
    if (!this.#queries.has(seq)) {
      this.#on.refused('a reply makes no sense (no query waits for it)');
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
      this.#on.refused(`a reply makes no sense (${error.message})`);
      return;
    }
    const { sockname, data } = reply;
    trace?.('query %d: reply key %d, descriptor %d', seq, key, descriptor);
    const { server, callback, query, abandon } = this.#answered(seq);
    const onclose = () => {
      trace?.('key %d: closed', key);
      this.#handles.delete(key);
      this.#lane.closed(key);
      this.#on.closed(key);
      abandon();
    };
    const handle =
      mode === 'shared'
        ? sharedHandle(query, descriptor, onclose)
        : new FauxHandle(server, sockname, this, onclose);
    if (handle === undefined) {
      this.#lane.closed(key);
      // An error number, if this process had no room for the descriptor.
      abandon();
      callback(descriptor < 0 ? descriptor : -constants.errno.EINVAL, null);
      return;
    }
    setServerData(server, data);
    this.#handles.set(key, { server, handle });
    callback(0, handle);
  }

  // One function for all connections: a closure for each would be made and thrown away.
  #connection = (key, ticket) => {
    const entry = this.#handles.get(key);
    if (ticket === NO_TICKET) {
      trace?.('connection of key %d: refused, for there is no descriptor left', key);
      if (entry !== undefined) this.#watchForRoom(key, entry);
    } else if (entry === undefined) {
      trace?.('connection of key %d: refused, for the server has closed', key);
      this.#lane.refuse(ticket);
    } else if (entry.handle.isFull()) {
      trace?.('connection of key %d: refused, for the server is full', key);
      this.#lane.refuse(ticket);
      this.#watchForRoom(key, entry);
    } else {
      // Nothing where the primary has taken it back, for we were late.
      const descriptor = this.#lane.claim(ticket);
      trace?.('connection of key %d: %s', key, descriptor >= 0 ? 'claimed' : 'was revoked');
      if (descriptor >= 0) entry.handle.accept(descriptor);
    }
  };

  /**
   * Nothing says when a connection of a server has ended, and `maxConnections` may be raised, so
   * look now and then, as long as the primary believes this server full.
   */
  #watchForRoom(key, entry) {
    if (entry.watch !== undefined) return;
    entry.watch = setInterval(() => {
      const open = this.#handles.get(key) === entry;
      if (open && entry.handle.isFull()) return;
      clearInterval(entry.watch);
      entry.watch = undefined;
      if (open) this.#lane.room(key);
    }, ROOM_INTERVAL).unref();
  }

  /** A server listens, or waits for a reply: the worker stays alive. */
  hold(yes) {
    this.#holds += yes ? 1 : -1;
    if (this.#holds === (yes ? 1 : 0)) this.#lane.hold(yes);
  }

  /** Closes all servers the way their users would, so that open connections end first. */
  close(done) {
    let waiting = 1;
    const one = () => {
      if (--waiting === 0) done();
    };
    for (const { server } of [...this.#handles.values()]) {
      waiting++;
      server.close(one);
    }
    one();
  }

  /** The primary is gone or has been left. */
  end() {
    for (const { abandon } of this.#queries.values()) abandon();
    this.#queries.clear();
    this.#lane.close();
  }
}

/**
 * Gives a server what the first one of its key said of itself: TLS ticket keys. That one may be in
 * any worker, and need not be of TLS; then this one keeps its own.
 */
function setServerData(server, data) {
  if (typeof server._setServerData !== 'function' || data == null) return;
  try {
    server._setServerData(data);
  } catch (error) {
    const reason = `those of another worker make no sense (${error.message})`;
    process.emitWarning(`a server keeps its own TLS ticket keys, because ${reason}`);
  }
}

module.exports = Servers;

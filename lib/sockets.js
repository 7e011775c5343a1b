'use strict';

/**
 * Sockets that live in the other process, though a server here accepted them:
 * `server.getConnections()` counts them and 'close' of the server waits for them. The two ends
 * ask and answer by acts on the channel.
 */

const EventEmitter = require('node:events');
const errors = require('./errors');

/** The sockets of one server that were sent over one channel; `net.Server` asks it. */
class SentSockets extends EventEmitter {
  #ask;
  #onclose;

  constructor(ask, onclose) {
    super();
    this.#ask = ask;
    this.#onclose = onclose;
  }

  close(callback) {
    this.#ask('close', (error) => {
      callback(error);
      this.#onclose();
    });
  }

  getConnections(callback) {
    this.#ask('count', (error, count) => {
      // `net.Server` would pass on an error of each worker that died.
      if (error && told.has(callback)) return;
      if (error) told.add(callback);
      callback(error, count);
    });
  }
}

/** Callbacks of `net.Server` that have had an error. */
const told = new WeakSet();

/** What is to be done when a socket that was received is no longer in this process. */
const partings = new WeakMap();

/** Both directions of one channel. */
class Sockets {
  /** What was sent, by the server that accepted it. */
  #sent = new Map();
  /** What was received and is open, by the key of the sender's server. */
  #received = new Map();
  #questions = new Map();
  #keys = 0;
  #tell;

  /** @param {(act: object) => void} tell sends an act to the other end */
  constructor(tell) {
    this.#tell = tell;
  }

  /** A socket of `server` is sent. @returns {number} the key that goes with it */
  sent(server, keepOpen) {
    if (!keepOpen && !server.listening) return this.#sentByClosing(server);
    const { key } = this.#sent.get(server) ?? this.#begin(server);
    if (!keepOpen) server._connections--;
    return key;
  }

  #begin(server) {
    const key = ++this.#keys;
    const ask = (question, callback) => this.#ask(question, key, callback);
    const entry = { key, list: new SentSockets(ask, () => this.#forget(server)) };
    this.#sent.set(server, entry);
    server._setupWorker(entry.list);
    return entry;
  }

  /**
   * The server has closed and waits for its connections, but asked other processes before this one
   * was sent: it counts as its own until the other process says that it has closed.
   */
  #sentByClosing(server) {
    const key = ++this.#keys;
    // The socket has to be there before the question.
    process.nextTick(() => this.#ask('close', key, () => release(server)));
    return key;
  }

  /**
   * The server asks this channel no more: it has closed, or the channel has. Without anybody to ask,
   * `net.Server` would wait for an answer all the same.
   */
  #forget(server) {
    const entry = this.#sent.get(server);
    if (entry === undefined) return;
    this.#sent.delete(server);
    entry.list.emit('exit', entry.list);
    if (server._workers.length === 0) server._usingWorkers = false;
  }

  /** A socket came. */
  received(key, socket) {
    const entry = this.#received.get(key) ?? { count: 0, closing: [] };
    this.#received.set(key, entry);
    entry.count++;
    const part = () => {
      if (--entry.count > 0) return;
      this.#received.delete(key);
      for (const seq of entry.closing) this.#tell({ act: 'sockets', seq, count: 0 });
    };
    socket.once('close', part);
    partings.set(socket, part);
  }

  /** A socket was passed on to another process: it will never emit 'close' here. */
  static passedOn(socket) {
    const part = partings.get(socket);
    if (part === undefined) return;
    socket.off('close', part);
    part();
  }

  #ask(question, key, callback) {
    const seq = ++this.#keys;
    this.#questions.set(seq, callback);
    this.#tell({ act: 'sockets', question, key, seq });
  }

  /** An act came: a question, or the answer to one. */
  act({ question, key, seq, count }) {
    if (question === undefined) {
      const callback = this.#questions.get(seq);
      this.#questions.delete(seq);
      callback?.(null, count);
      return;
    }
    const entry = this.#received.get(key);
    if (question === 'close' && entry !== undefined) entry.closing.push(seq);
    else this.#tell({ act: 'sockets', seq, count: entry?.count ?? 0 });
  }

  /** The channel is closed: whoever asked gets no answer any more. */
  end() {
    for (const callback of this.#questions.values()) callback(errors.closedBeforeReply());
    this.#questions.clear();
    // A server outlives many workers.
    for (const server of [...this.#sent.keys()]) this.#forget(server);
  }
}

/** A connection that a server counts as its own is no more. */
function release(server) {
  // `net.Server` counts from zero again when all whom it asked have answered.
  if (server._connections === 0) return;
  server._connections--;
  server._emitCloseIfDrained();
}

module.exports = Sockets;

'use strict';

/**
 * Sockets that a server of this process has accepted, but that were sent to the other process.
 * `server.getConnections()` counts them, and 'close' of the server waits for them. The two processes ask and
 * answer by acts on the channel.
 */

const EventEmitter = require('node:events');
const errors = require('./errors');

/** How many questions about the end of one server's sockets may wait for an answer. More are a protocol error. */
const MOST_CLOSING = 1000;

/** The sockets of one server that were sent over one channel. `net.Server` calls its methods. */
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
      // `net.Server` passes every error to its caller. If several workers die, the caller shall get only one.
      if (error && failedCallbacks.has(callback)) return;
      if (error) failedCallbacks.add(callback);
      callback(error, count);
    });
  }
}

/** Callbacks of `net.Server` that were called with an error. */
const failedCallbacks = new WeakSet();

/** By socket that was received: the function to call when it is no longer in this process. */
const removals = new WeakMap();

/** Both directions of one channel. */
class Sockets {
  /** Sent sockets, by the server that accepted them. */
  #sent = new Map();
  /** Received sockets that are open, by the key of the sender's server. */
  #received = new Map();
  /** The callbacks of questions without an answer, by their number. */
  #questions = new Map();
  /** The last number of a server or of a question. */
  #keys = 0;
  #channel;

  /** @param {import('./channel')} channel */
  constructor(channel) {
    this.#channel = channel;
  }

  /** A socket of `server` is sent. @returns {number} the key that is sent with it */
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
   * The server has been closed and waits for its connections. It asked the other processes before this socket was
   * sent. So it counts this socket as its own until the other process answers that the socket is closed.
   */
  #sentByClosing(server) {
    const key = ++this.#keys;
    // In the next tick, because the socket must arrive before the question.
    process.nextTick(() => this.#ask('close', key, () => release(server)));
    return key;
  }

  /**
   * The server or the channel has closed, so the server shall not ask this channel again. If it has no other
   * channel to ask, `_usingWorkers` must be false. Otherwise `net.Server` would wait for an answer that never
   * comes.
   */
  #forget(server) {
    const entry = this.#sent.get(server);
    if (entry === undefined) return;
    this.#sent.delete(server);
    entry.list.emit('exit', entry.list);
    if (server._workers.length === 0) server._usingWorkers = false;
  }

  /** A socket was received. */
  received(key, socket) {
    const entry = this.#received.get(key) ?? this.#beginReceived(key);
    entry.count++;
    socket.once('close', entry.remove);
    removals.set(socket, entry.remove);
  }

  #beginReceived(key) {
    const entry = { count: 0, closing: [], remove: () => this.#remove(key, entry) };
    this.#received.set(key, entry);
    return entry;
  }

  #remove(key, entry) {
    if (--entry.count > 0) return;
    this.#received.delete(key);
    for (const seq of entry.closing) this.#answer(seq, 0);
  }

  /** A received socket was sent to another process. It will not emit 'close' here. */
  static passedOn(socket) {
    const remove = removals.get(socket);
    if (remove === undefined) return;
    socket.off('close', remove);
    remove();
  }

  #ask(question, key, callback) {
    const seq = ++this.#keys;
    this.#questions.set(seq, callback);
    this.#channel.act({ act: 'socketsAsked', question, key, seq });
  }

  #answer(seq, count) {
    this.#channel.answer({ act: 'socketsCounted', seq, count });
  }

  /** The other process asks. */
  asked({ question, key, seq }) {
    const entry = this.#received.get(key);
    if (question === 'count' || entry === undefined) this.#answer(seq, entry?.count ?? 0);
    else if (entry.closing.push(seq) > MOST_CLOSING) {
      this.#channel.refuse(`it has asked more than ${MOST_CLOSING} times for the end of the same sockets`);
    }
  }

  /** The other process answers. An answer without a question is ignored. */
  counted({ seq, count }) {
    const callback = this.#questions.get(seq);
    this.#questions.delete(seq);
    callback?.(null, count);
  }

  /** The channel is closed, so no answer will come. */
  end() {
    for (const callback of this.#questions.values()) callback(errors.closedBeforeReply());
    this.#questions.clear();
    // A server may outlive many channels.
    for (const server of [...this.#sent.keys()]) this.#forget(server);
  }
}

/** A sent socket that its server counts as its own is closed. */
function release(server) {
  // `net.Server` sets its count to zero after all processes have answered.
  if (server._connections === 0) return;
  server._connections--;
  server._emitCloseIfDrained();
}

module.exports = Sockets;

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
  #key;
  #ask;

  constructor(key, ask) {
    super();
    this.#key = key;
    this.#ask = ask;
  }

  close(callback) {
    this.#ask('close', this.#key, callback);
  }

  getConnections(callback) {
    this.#ask('count', this.#key, callback);
  }
}

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
    let entry = this.#sent.get(server);
    if (entry === undefined) {
      const key = ++this.#keys;
      const onclose = () => this.#sent.delete(server);
      entry = { key, onclose, list: new SentSockets(key, (...args) => this.#ask(...args)) };
      this.#sent.set(server, entry);
      server._setupWorker(entry.list);
      server.once('close', onclose);
    }
    if (!keepOpen) server._connections--;
    return entry.key;
  }

  /** A socket came. */
  received(key, socket) {
    const entry = this.#received.get(key) ?? { count: 0, closing: [] };
    this.#received.set(key, entry);
    entry.count++;
    socket.once('close', () => {
      if (--entry.count > 0) return;
      this.#received.delete(key);
      for (const seq of entry.closing) this.#tell({ act: 'sockets', seq, count: 0 });
    });
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
    for (const [server, { list, onclose }] of this.#sent) {
      // The server outlives many workers.
      server.off('close', onclose);
      list.emit('exit', list);
    }
    this.#sent.clear();
  }
}

module.exports = Sockets;

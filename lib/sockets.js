'use strict';

/**
 * Sockets that live in the other process, though a server here accepted them:
 * `server.getConnections()` counts them and 'close' of the server waits for them. The two ends
 * ask and answer by acts on the channel.
 */

const EventEmitter = require('node:events');
const errors = require('./errors');

/** So often a process may ask when the sockets of one server are closed, before they are. */
const MOST_CLOSING = 1000;

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
  #channel;

  /** @param {import('./channel')} channel */
  constructor(channel) {
    this.#channel = channel;
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
      for (const seq of entry.closing) this.#answer(seq, 0);
    });
  }

  #ask(question, key, callback) {
    const seq = ++this.#keys;
    this.#questions.set(seq, callback);
    this.#channel.act({ act: 'socketsAsked', question, key, seq });
  }

  #answer(seq, count) {
    this.#channel.answer({ act: 'socketsCounted', seq, count });
  }

  /** The other end asks. */
  asked({ question, key, seq }) {
    const entry = this.#received.get(key);
    if (question === 'count' || entry === undefined) this.#answer(seq, entry?.count ?? 0);
    else if (entry.closing.push(seq) > MOST_CLOSING) this.#channel.refuse('it closes one server without end');
  }

  /** The other end answers. What nobody asked, or asked long ago, is nobody's business. */
  counted({ seq, count }) {
    const callback = this.#questions.get(seq);
    this.#questions.delete(seq);
    callback?.(null, count);
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

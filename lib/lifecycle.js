'use strict';

/**
 * The acts by which the primary and a worker tell each other of the worker's life, and what fields
 * each of them has. `channel.js` reads and performs them; the handlers stand in `primary.js`, in
 * `child.js` and, of those that both may say, in `channel.js`.
 *
 * Nothing that the other process wrote is trusted. What does not fit this table is a protocol error.
 */

const { isCount, isInteger, isKey, isText, oneOf, optional, pick, show } = require('./fields');

/** By name: what each of its fields must be. */
const fields = {
  __proto__: null,

  // A worker says:

  /** The process runs. The first act, and said once. */
  online: {},
  /** A server listens, or a socket is bound. */
  listening: {
    addressType: optional(oneOf(4, 6, -1, 'udp4', 'udp6')),
    address: optional(isText),
    port: optional(isInteger),
    fd: optional(isInteger),
  },
  /** A server has closed. */
  closed: { key: isKey },
  /** The worker wants to leave, and waits for 'ack'. */
  exitedAfterDisconnect: { seq: isCount },

  // The primary says:

  ack: { seq: isCount },
  /** The worker is to leave. */
  disconnect: {},

  // Either says, of sockets that it sent (`./sockets`):

  /** How many are open, or: tell when none is. */
  socketsAsked: { question: oneOf('count', 'close'), key: isCount, seq: isCount },
  /** The answer. */
  socketsCounted: { seq: isCount, count: isCount },
};

/** What one process says, in the order in which it says it. */
class Acts {
  #handlers;
  #isOnline = false;

  /**
   * @param {Record<string, (act: object) => void>} handlers of the acts that this process may say; a
   *   table without a prototype
   */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  /**
   * @param {string} text JSON, as that process wrote it
   * @returns {{ act: string }} with the fields of the act, each checked
   * @throws unless it may say this, and now
   */
  read(text) {
    const written = JSON.parse(text);
    const { act } = pick(written, { act: isText });
    if (!(act in this.#handlers)) throw new TypeError(`unexpected act: ${show(act)}`);
    this.#follow(act);
    return { act, ...pick(written, fields[act]) };
  }

  /** A worker is online before it says anything else. */
  #follow(act) {
    if (!('online' in this.#handlers)) return;
    if ((act === 'online') === this.#isOnline) throw new Error(`${show(act)} is out of place`);
    this.#isOnline = true;
  }

  /** @param {{ act: string }} act as `read` gave it */
  perform(act) {
    this.#handlers[act.act](act);
  }
}

module.exports = Acts;

'use strict';

/**
 * The life of a worker: the acts by which the two processes tell each other of it, and the states
 * that `worker.state` goes through.
 *
 * Acts are read and performed by `channel.js`. Their handlers are in `workers.js` (the primary),
 * `child.js` (a worker) and, if either may send the act, in `channel.js`.
 *
 * Nothing that the other process wrote is trusted. What does not fit the table is a protocol error.
 */

const { isCount, isInteger, isKey, isText, oneOf, optional, pick, show } = require('./fields');
const trace = require('./trace');

/** By name: which process sends the act, and the check of each of its fields. */
const acts = {
  // For TypeScript it is a property. With this type, it is none.
  __proto__: /** @type {never} */ (null),

  /** The process runs. It is the first act, and is sent once. */
  online: { from: 'worker', fields: {} },
  /** A server listens, or a socket is bound. */
  listening: {
    from: 'worker',
    fields: {
      addressType: optional(oneOf(4, 6, -1, 'udp4', 'udp6')),
      address: optional(isText),
      port: optional(isInteger),
      fd: optional(isInteger),
    },
  },
  /** A server has closed. */
  closed: { from: 'worker', fields: { key: isKey } },
  /** The program says that it is ready to serve. */
  ready: { from: 'worker', fields: {} },
  /** An error of the program that nobody has caught, as a text. The worker most likely ends. */
  uncaught: { from: 'worker', fields: { text: isText } },
  /** As many requests were served as 'limitRequests' says. */
  requestsServed: { from: 'worker', fields: {} },
  /** A part of the metrics of the worker's program, as JSON (`./registry`). */
  metrics: { from: 'worker', fields: { text: isText, isLast: oneOf(true, false) } },
  /** The worker will exit on its own account. It disconnects when 'ack' comes. */
  exitedAfterDisconnect: { from: 'worker', fields: { seq: isCount } },

  /** The answer to 'exitedAfterDisconnect', with its number. */
  ack: { from: 'primary', fields: { seq: isCount } },
  /** The worker shall close its servers and disconnect. */
  disconnect: { from: 'primary', fields: {} },

  /** The worker shall tell when it has served so many requests (`./requests`). */
  limitRequests: { from: 'primary', fields: { requests: isCount } },
  /** The worker shall send the metrics of its program, now and when it has drained. */
  metricsAsked: { from: 'primary', fields: {} },
  /** This host will stop: each response of HTTP/1 shall be the last one of its connection (`./last_responses`). */
  lastResponses: { from: 'primary', fields: {} },
  /** The worker shall drain within `timeout` ms (`./drainer`). */
  drain: { from: 'primary', fields: { timeout: isCount, idleGrace: optional(isCount) } },

  /** How many of the sockets that were sent are open ('count'), or: tell when none is ('close'). */
  socketsAsked: {
    from: 'either',
    fields: { question: oneOf('count', 'close'), key: isCount, seq: isCount },
  },
  /** The answer to 'socketsAsked', with its number. */
  socketsCounted: { from: 'either', fields: { seq: isCount, count: isCount } },
};

/**
 * `worker.state`, and the states that may follow. A process may exit before its channel closes, or
 * after it: what a dead worker has written is still read.
 */
const states = {
  __proto__: null,
  none: ['online', 'draining', 'disconnected', 'dead'],
  online: ['listening', 'draining', 'disconnecting', 'destroying', 'disconnected', 'dead'],
  listening: ['listening', 'draining', 'disconnecting', 'destroying', 'disconnected', 'dead'],
  /** It serves what it has, and gets nothing new. */
  draining: ['online', 'listening', 'disconnecting', 'destroying', 'disconnected', 'dead'],
  /** Only in the worker: its servers close. One that was about to listen still does. */
  disconnecting: ['listening', 'destroying'],
  /** Only in the worker: it exits when the primary knows of it. */
  destroying: ['listening'],
  disconnected: ['dead'],
  dead: ['online', 'listening', 'disconnected'],
};

/** Gives a worker its next state. A program may write `worker.state` as well: nothing rests on it. */
function enter(worker, state) {
  const isExpected = states[worker.state]?.includes(state);
  const remark = isExpected ? '' : ', which is unexpected';
  trace?.('worker %d: its state %s becomes %s%s', worker.id, worker.state, state, remark);
  worker.state = state;
}

/** The acts that one process sends, in the order in which it sends them. */
class Acts {
  #handlers;
  #isOnline;

  /**
   * @param {'primary' | 'worker'} sender of the acts
   * @param {Record<string, (act: object) => void>} handlers of all acts that it may send; a table
   *   without a prototype
   * @throws if one has no handler
   */
  constructor(sender, handlers) {
    for (const [name, { from }] of Object.entries(acts)) {
      if ((from === sender || from === 'either') !== name in handlers) {
        throw new Error(`rs-cluster: the handlers of acts from a ${sender} are wrong about '${name}'`);
      }
    }
    this.#handlers = handlers;
    this.#isOnline = sender === 'primary';
  }

  /**
   * @param {string} text JSON, as that process wrote it
   * @returns {{ act: string }} with the fields of the act, each checked
   * @throws unless that process may send this act now
   */
  read(text) {
    const written = JSON.parse(text);
    const { act } = pick(written, { act: isText });
    if (!(act in this.#handlers)) throw new TypeError(`unexpected act: ${show(act)}`);
    this.#checkOrder(act);
    return Object.assign({ act }, pick(written, acts[act].fields));
  }

  /** A worker is online before it says anything else. */
  #checkOrder(act) {
    if ((act === 'online') === this.#isOnline) throw new Error(`${show(act)} is out of place`);
    this.#isOnline = true;
  }

  /** @param {{ act: string }} act as `read` returned it */
  perform(act) {
    this.#handlers[act.act](act);
  }
}

module.exports = { Acts, enter };

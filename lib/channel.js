'use strict';

/**
 * What an IPC channel adds to a process object: `send`, `connected`, `disconnect`, `channel`, and
 * the events 'message', 'internalMessage' and 'disconnect'. Both ends use it: `target` is a
 * ChildProcess in the primary, and `process` in a worker.
 *
 * Lifecycle acts travel in the same stream as messages, so both arrive in the order in which they
 * were sent. Acts do not use the functions and events above, because programs replace and emit those.
 */

const process = require('node:process');
const Control = require('./control');
const errors = require('./errors');
const Inbox = require('./inbox');
const { Acts } = require('./lifecycle');
const message = require('./message');
const Outbox = require('./outbox');
const trace = require('./trace');

/** A peer that asks, and does not read the answers, is disconnected when so many are pending. */
const UNREAD = 10_000;

let loaded;

/** This file is loaded with the first handle, because many processes never see one. */
const handles = () => (loaded ??= require('./handle'));

/** Same as Node's `validateObject`. */
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * A ChildProcess, or the global `process`. The channel sets all of these members except `pid`.
 *
 * @typedef {object} Members
 * @property {number} [pid]
 * @property {object | null} [channel]
 * @property {boolean} connected
 * @property {Function} [send]
 * @property {Function} [disconnect]
 *
 * @typedef {import('node:events').EventEmitter & Members} Target
 */

class Channel {
  #open = true;
  /** How many answers were sent since the peer had read all of them. */
  #unread = 0;
  /** The peer's. */
  #acts;
  #native;
  #sockets;
  #outbox;
  #serialization;
  #target;
  #on;

  /**
   * @param {Target} target
   * @param {import('../dist/binding').Worker} native
   * @param {'json' | 'advanced'} serialization
   * @param {'primary' | 'worker'} peer the other process. An open channel to a worker keeps the primary
   *   alive; a worker decides that by its listeners
   * @param {object} on
   * @param {Record<string, (act: object) => void>} on.acts handlers of the acts that only the peer may
   *   send (`./lifecycle`)
   * @param {(isOurs: boolean) => void} on.close the channel has closed, at this end or not; called
   *   before 'disconnect' is emitted
   * @param {(error: Error) => void} on.protocolError the peer broke the protocol and was disconnected
   */
  constructor(target, native, serialization, peer, on) {
    this.#target = target;
    this.#native = native;
    this.#outbox = new Outbox(native, (error) => target.emit('error', error));
    this.#serialization = serialization;
    message.prepare(serialization);
    this.#on = on;
    this.#acts = new Acts(peer, {
      // For TypeScript it is a property. With this type, it is none.
      __proto__: /** @type {never} */ (null),
      ...on.acts,
      socketsAsked: (act) => this.#socketsAsked(act),
      socketsCounted: (act) => this.#sockets?.counted(act),
    });
    this.control = new Control(native, peer === 'worker');

    const inbox = new Inbox(this, target, serialization);
    native.on('json', (text, several) => inbox.receive(text, several));
    native.on('advanced', (buffer, several) => inbox.receive(buffer, several));
    native.on('handle', (note, body, descriptor) => inbox.receiveHandle(note, body, descriptor));
    native.on('act', (text) => process.nextTick(() => this.#act(text)));
    native.on('end', (error) => this.#end(error));

    const channel = this;
    target.channel = this.control;
    target.connected = true;
    target.send = function send(value, handle, options, callback) {
      return channel.send(value, handle, options, callback);
    };
    target.disconnect = function disconnect() {
      channel.disconnect();
    };
    native.start(native.emit.bind(native));
  }

  /** The sockets that were sent over this channel and are counted. */
  get sockets() {
    return (this.#sockets ??= new (handles().Sockets)(this));
  }

  /** `subprocess.send(message[, sendHandle[, options]][, callback])` */
  send(value, handle, options, callback) {
    if (typeof handle === 'function') [handle, callback] = [undefined, handle];
    else if (typeof options === 'function') callback = options;
    else if (options !== undefined && !isObject(options)) {
      throw errors.invalidArgument('options', 'of type object', options);
    }
    if (!this.#target.connected) return this.#outbox.fail(errors.channelClosed(), callback);
    const body = message.encode(value, this.#serialization);
    // A socket that is sent twice has no handle any more: then the message goes alone.
    const packed = handle ? handles().pack(handle, { ...options }, this) : undefined;
    trace?.('channel of %s: sends %s', this.#target.pid, message.describe(body, packed?.type));
    return packed ? this.#outbox.postHandle(body, packed, callback) : this.#outbox.post(body, callback);
  }

  /** Sends a lifecycle act, behind all messages. @returns {number} how many bytes are pending */
  act(act) {
    if (!this.#open) return 0;
    trace?.('channel of %s: sends act %j', this.#target.pid, act);
    return this.#outbox.act(JSON.stringify(act));
  }

  /** Sends the answer to an act. */
  answer(act) {
    this.#unread = this.act(act) > 0 ? this.#unread + 1 : 0;
    if (this.#unread > UNREAD) this.refuse('it asks, and does not read the answers');
  }

  disconnect() {
    if (!this.#target.connected) {
      this.#target.emit('error', errors.disconnected());
      return;
    }
    this.#outbox.flush();
    trace?.('channel of %s: disconnects', this.#target.pid);
    // Pending bytes are written before the socket closes.
    this.#native.close();
    this.#close(null);
  }

  /** Calls back when a closed channel has written its pending bytes, or has no reader for them. */
  drained(callback) {
    if (this.#native.fd == null) callback();
    else this.#native.once('gone', callback);
  }

  /** The peer is lost, though this channel does not show it: closes it. */
  lose() {
    if (!this.#open) return;
    this.#native.close();
    this.#end();
  }

  /** The peer is gone, though this channel does not show it: reads what it has written, and closes. */
  finish() {
    if (this.#open) this.#native.finish();
  }

  /** The peer broke the protocol: reads nothing more and closes. @param {string} error */
  refuse(error) {
    if (!this.#open) return;
    this.#native.cut();
    this.#end(error);
  }

  /**
   * Reads what the peer wrote. What a correct peer cannot have written is a protocol error.
   *
   * @template T
   * @param {string} what in words
   * @param {() => T} parse
   * @returns {T | undefined} undefined if it is one
   */
  understand(what, parse) {
    try {
      return parse();
    } catch (error) {
      this.refuse(`${what} is not valid (${error.message})`);
      return undefined;
    }
  }

  #end(error) {
    trace?.('channel of %s: has ended%s', this.#target.pid, error ? `: ${error}` : '');
    if (error !== undefined) this.#on.protocolError(new Error(`the IPC channel was closed: ${error}`));
    if (this.#open) this.#close(errors.channelClosed());
  }

  /** @param {Error | null} outcome of the messages whose callbacks were not called yet */
  #close(outcome) {
    this.#open = false;
    this.#target.connected = false;
    this.#target.channel = null;
    this.#outbox.close(outcome);
    process.nextTick(() => {
      this.#native.removeAllListeners();
      this.#sockets?.end();
      this.#on.close(outcome === null);
      this.#target.emit('disconnect');
    });
  }

  #act(text) {
    const act = this.understand('an act', () => this.#acts.read(text));
    if (act === undefined) return;
    trace?.('channel of %s: receives act %j', this.#target.pid, act);
    this.#acts.perform(act);
  }

  #socketsAsked(act) {
    // A socket was sent and did not arrive, because there was no descriptor for it.
    if (this.#sockets === undefined) this.answer({ act: 'socketsCounted', seq: act.seq, count: 0 });
    else this.#sockets.asked(act);
  }
}

module.exports = Channel;

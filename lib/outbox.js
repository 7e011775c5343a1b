'use strict';

/**
 * The messages that this process sends over one channel, until the kernel has them.
 *
 * The first messages of a tick are written at once. Those that follow are batched until the end of
 * the tick, because one write for many messages is cheaper than a write for each.
 */

const process = require('node:process');
const Batch = require('./batch');
const beforeExit = require('./before_exit');
const errors = require('./errors');
const message = require('./message');

/** `send()` returns false from here on: the reader is more than two reads behind (Node's own number). */
const HIGH_WATER = 2 * 65536;

/**
 * How many messages of a tick are written at once. A program that sends two or three messages and
 * then blocks, or kills itself, has sent them. If the tick before sent more, only the first is
 * written at once, because more will follow.
 */
const PROMPT = 4;

/** A message longer than this is written by itself: a batch would save nothing. */
const LONG = 4096;

/** A batch is written before the end of the tick if it has no room in so many bytes. */
const BATCH = 65536;

/** The outboxes of this process. At exit no tick follows at whose end they would write. */
const open = new Set();

beforeExit(() => {
  for (const outbox of open) outbox.hurry();
});

class Outbox {
  /**
   * Callbacks of messages that the kernel does not have yet, the oldest first, and where in the
   * stream each message ends: undefined as long as it is in the batch.
   * @type {{ callback: Function, end: number | undefined }[]}
   */
  #callbacks = [];
  #batch = new Batch(BATCH);
  /** How many messages this tick has sent, and how many of them are written at once. */
  #sentInTick = 0;
  #prompt = PROMPT;
  /** Bytes that the socket did not take yet, without those of the batch. */
  #pending = 0;
  #native;
  #sendText;
  #sendBuffer;
  #onerror;

  /**
   * @param {import('../dist/binding').Worker} native
   * @param {(error: Error) => void} onerror a message without a callback could not be sent
   */
  constructor(native, onerror) {
    this.#native = native;
    this.#sendText = native.textSender();
    this.#sendBuffer = native.bufferSender();
    this.#onerror = onerror;
    native.on('written', () => this.flush());
    open.add(this);
  }

  /**
   * Sends a message.
   *
   * @param {string | Buffer} body as `message.encode` made it
   * @param {(error: Error | null) => void} [callback] called when the kernel has it, or never will
   * @returns {boolean} false if the reader is behind, or the message cannot be sent
   */
  post(body, callback) {
    if (++this.#sentInTick === 1) this.#beginTick();
    const atOnce = this.#sentInTick <= this.#prompt || body.length > LONG;
    if (!atOnce) return this.#posted(this.#batchUp(body), callback);
    // In the order of `send()`.
    if (this.#batch.length > 0) this.#writeBatch();
    return this.#posted(this.#write(body, false), callback);
  }

  /**
   * Sends a message with a handle, at once.
   *
   * @param {string | Buffer} body
   * @param {{ note: string, descriptor: number, given: () => void }} packed as `handle.pack` made it
   * @param {(error: Error | null) => void} [callback]
   */
  postHandle(body, { note, descriptor, given }, callback) {
    if (this.#batch.length > 0) this.#writeBatch();
    const pending = this.#native.sendHandle(body, note, descriptor);
    given();
    return this.#posted(pending, callback);
  }

  /** Sends a lifecycle act, behind all messages. @param {string} text @returns {number} as `#write` */
  act(text) {
    this.#writeBatch();
    return this.#native.act(text);
  }

  /** Writes what the socket takes now, and calls back whom that concerns. */
  flush() {
    this.#settle(this.#writeBatch());
  }

  /** This tick is the last of the process: from now on each message is written at once. */
  hurry() {
    this.#writeBatch();
    this.#prompt = Infinity;
  }

  /** Reports that a message could not be sent. @returns {false} what `send()` returns then */
  fail(error, callback) {
    if (typeof callback === 'function') process.nextTick(callback, error);
    else process.nextTick(this.#onerror, error);
    return false;
  }

  /** The channel has closed. @param {Error | null} outcome of the messages that have no answer yet */
  close(outcome) {
    open.delete(this);
    this.#callBackAll(outcome);
  }

  /** The first message of a tick: what is batched after it is written at the end of the tick. */
  #beginTick() {
    if (process._exiting) this.hurry();
    else process.nextTick(this.#endTick);
  }

  #endTick = () => {
    const isBatched = this.#sentInTick > this.#prompt;
    this.#prompt = this.#sentInTick > PROMPT ? 1 : PROMPT;
    this.#sentInTick = 0;
    if (!isBatched || !open.has(this)) return;
    const pending = this.#writeBatch();
    // Same as a message whose own write fails. If it fails later, the channel ends and says so.
    if (pending < 0 && this.#callbacks.length === 0) this.fail(errors.system(pending, 'write'));
    this.#settle(pending);
  };

  /** @returns {number} how many bytes are pending. An error of this write shows itself at the next one */
  #batchUp(body) {
    if (!this.#batch.takes(body)) this.#settle(this.#writeBatch());
    this.#batch.add(body);
    if (typeof body !== 'string') message.release(body);
    return this.#pending + this.#batch.length;
  }

  /** @returns {number} as `#write` */
  #writeBatch() {
    const bodies = this.#batch.take();
    return bodies === undefined ? this.#native.flush() : this.#write(bodies, true);
  }

  /**
   * @param {string | Buffer} body of one message, or of several
   * @returns {number} how many bytes are pending, or a negative error number
   */
  #write(body, several) {
    if (typeof body === 'string') return this.#sendText(body, several);
    const pending = this.#sendBuffer(body, several);
    if (!several) message.release(body);
    return pending;
  }

  #posted(pending, callback) {
    if (pending < 0) return this.fail(errors.system(pending, 'write'), callback);
    if (typeof callback === 'function') this.#callbacks.push({ callback, end: undefined });
    this.#settle(pending);
    return pending < HIGH_WATER;
  }

  /** Calls back the messages that the kernel has. @param {number} pending as `#write` returned it */
  #settle(pending) {
    this.#pending = Math.max(pending - this.#batch.length, 0);
    if (this.#callbacks.length > 0) this.#callBack(pending);
  }

  #callBack(pending) {
    if (pending <= 0) {
      this.#callBackAll(pending < 0 ? errors.system(pending, 'write') : null);
      return;
    }
    // What is batched has no place in the stream yet.
    if (this.#batch.length > 0) return;
    const { written } = this.#native;
    const callbacks = this.#callbacks;
    for (let i = callbacks.length - 1; i >= 0 && callbacks[i].end === undefined; i--) {
      callbacks[i].end = written + pending;
    }
    while (callbacks.length > 0 && /** @type {number} */ (callbacks[0].end) <= written) {
      const { callback } = /** @type {{ callback: Function }} */ (callbacks.shift());
      process.nextTick(callback, null);
    }
  }

  #callBackAll(outcome) {
    for (const { callback } of this.#callbacks.splice(0)) process.nextTick(callback, outcome);
  }
}

module.exports = Outbox;

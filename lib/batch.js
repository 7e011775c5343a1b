'use strict';

/**
 * Messages that leave together: texts as one JSON array, buffers one behind the other, each behind
 * its length. The receiver takes them apart (`message.decode`).
 */

const { LENGTH } = require('./message');

/** @param {string | Buffer} body */
const sizeOf = (body) => (typeof body === 'string' ? body.length + 1 : body.length + LENGTH);

class Batch {
  #most;
  /** @type {string[]} */
  #texts = [];
  /** Memory for buffers, made when there is one. */
  #room;
  #end = 0;
  #length = 0;

  /** @param {number} most it has room for so many bytes */
  constructor(most) {
    this.#most = most;
  }

  /** How many bytes have gathered; of texts, how many characters. */
  get length() {
    return this.#length;
  }

  /** Whether there is room for this one, beside what is there, and of one kind with it. */
  takes(body) {
    if (this.#length + sizeOf(body) > this.#most) return false;
    return typeof body === 'string' ? this.#end === 0 : this.#texts.length === 0;
  }

  /** @param {string | Buffer} body is copied */
  add(body) {
    this.#length += sizeOf(body);
    if (typeof body === 'string') {
      this.#texts.push(body);
      return;
    }
    this.#room ??= Buffer.allocUnsafeSlow(this.#most);
    this.#room.writeUInt32LE(body.length, this.#end);
    this.#room.set(body, this.#end + LENGTH);
    this.#end = this.#length;
  }

  /** What has gathered, until the next `add`; nothing where that is nothing. @returns {string | Buffer | undefined} */
  take() {
    if (this.#length === 0) return undefined;
    const all = this.#end > 0 ? this.#room.subarray(0, this.#end) : `[${this.#texts.join(',')}]`;
    if (this.#texts.length > 0) this.#texts = [];
    this.#end = 0;
    this.#length = 0;
    return all;
  }
}

module.exports = Batch;

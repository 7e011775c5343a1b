'use strict';

/**
 * Messages that leave together: texts as one JSON array, buffers one behind the other, each behind
 * its length in four bytes, little endian.
 */

const LENGTH = 4;

/** How much of a batch it takes. @param {string | Buffer} body */
const sizeOf = (body) => body.length + (typeof body === 'string' ? 1 : LENGTH);

class Batch {
  #most;
  /** @type {string[]} none where it holds buffers */
  #texts = [];
  /** Memory for buffers, made when there is one. */
  #room;
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
    if (this.#length === 0) return true;
    const alike = (typeof body === 'string') === this.#texts.length > 0;
    return alike && this.#length + sizeOf(body) <= this.#most;
  }

  /** @param {string | Buffer} body is copied; less than there is room for */
  add(body) {
    const start = this.#length;
    this.#length += sizeOf(body);
    if (typeof body === 'string') {
      this.#texts.push(body);
      return;
    }
    this.#room ??= Buffer.allocUnsafeSlow(this.#most);
    this.#room.writeUInt32LE(body.length, start);
    this.#room.set(body, start + LENGTH);
  }

  /** What has gathered, until the next `add`; nothing where that is nothing. @returns {string | Buffer | undefined} */
  take() {
    if (this.#length === 0) return undefined;
    const texts = this.#texts;
    const all = texts.length > 0 ? `[${texts.join(',')}]` : this.#room.subarray(0, this.#length);
    if (texts.length > 0) this.#texts = [];
    this.#length = 0;
    return all;
  }

  /** @param {Buffer} all as `take` gave it @returns {Buffer[]} @throws where the lengths cannot be so */
  static cut(all) {
    const bodies = [];
    for (let at = 0; at < all.length;) {
      const start = at + LENGTH;
      at = start + all.readUInt32LE(at);
      if (at > all.length) throw new RangeError('a message is longer than what there is');
      bodies.push(all.subarray(start, at));
    }
    return bodies;
  }
}

module.exports = Batch;

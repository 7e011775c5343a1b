'use strict';

/**
 * Messages that are written together: texts as one JSON array; buffers one behind the other, each
 * behind its length in four bytes, little endian.
 */

const LENGTH = 4;

/** How much room a message takes in a batch. @param {string | Buffer} body */
const sizeOf = (body) => body.length + (typeof body === 'string' ? 1 : LENGTH);

class Batch {
  #most;
  /** @type {string[]} empty if the batch holds buffers */
  #texts = [];
  /** Memory for buffers, allocated with the first of them. */
  #room;
  #length = 0;

  /** @param {number} most bytes that there is room for */
  constructor(most) {
    this.#most = most;
  }

  /** How many bytes it holds; of texts, how many characters. */
  get length() {
    return this.#length;
  }

  /** Whether there is room for this message, and it is of the same kind as the others. */
  takes(body) {
    if (this.#length === 0) return true;
    const alike = (typeof body === 'string') === this.#texts.length > 0;
    return alike && this.#length + sizeOf(body) <= this.#most;
  }

  /** @param {string | Buffer} body is copied. The batch takes it */
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

  /** Empties the batch. @returns {string | Buffer | undefined} its messages; a buffer is good until the next `add` */
  take() {
    if (this.#length === 0) return undefined;
    const texts = this.#texts;
    const all = texts.length > 0 ? `[${texts.join(',')}]` : this.#room.subarray(0, this.#length);
    if (texts.length > 0) this.#texts = [];
    this.#length = 0;
    return all;
  }

  /** @param {Buffer} all as `take` returned it @returns {Buffer[]} @throws if the lengths do not fit */
  static cut(all) {
    const bodies = [];
    for (let at = 0; at < all.length;) {
      const start = at + LENGTH;
      at = start + all.readUInt32LE(at);
      if (at > all.length) throw new RangeError('a message is longer than its batch');
      bodies.push(all.subarray(start, at));
    }
    return bodies;
  }
}

module.exports = Batch;

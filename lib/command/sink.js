'use strict';

/**
 * Where lines go: the standard output, or the standard error. If nobody reads there, lines are dropped, and counted. A worker
 * never waits for who reads its logs.
 */

const entry = require('./entry');

/** So many bytes may wait. */
const ROOM = 8 * 1024 * 1024;

class Sink {
  #stream;
  #isJson;
  #dropped = 0;

  /** @param {NodeJS.WriteStream} stream @param {boolean} isJson whether each line is an object */
  constructor(stream, isJson) {
    this.#stream = stream;
    this.#isJson = isJson;
    // Whoever read there is gone (EPIPE). The program goes on.
    stream.on('error', () => {});
  }

  /** @param {string} line without its end */
  write(line) {
    if (this.#stream.writableLength > ROOM) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) {
      const msg = `${this.#dropped} lines were dropped, because nobody read them`;
      this.#stream.write(`${entry(this.#isJson, 'dropped', msg, { lines: this.#dropped })}\n`);
      this.#dropped = 0;
    }
    this.#stream.write(`${line}\n`);
  }
}

module.exports = Sink;

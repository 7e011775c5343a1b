'use strict';

/**
 * Where lines go: the standard output, or the standard error. If nobody reads there, lines are dropped, and counted. A worker
 * never waits for who reads its logs.
 */

/** So many bytes may wait. */
const ROOM = 8 * 1024 * 1024;

class Sink {
  #stream;
  #dropped = 0;

  /** @param {NodeJS.WriteStream} stream */
  constructor(stream) {
    this.#stream = stream;
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
      this.#stream.write(
        `rs-cluster ${process.pid}: ${this.#dropped} lines were dropped, because nobody read them\n`,
      );
      this.#dropped = 0;
    }
    this.#stream.write(`${line}\n`);
  }
}

module.exports = Sink;

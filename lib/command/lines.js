'use strict';

/** Cuts what a process writes into lines. */

const { StringDecoder } = require('node:string_decoder');

/** A line that is longer comes in several parts, so that a process that writes no line needs no memory here. */
const LONGEST = 64 * 1024;

/** Whether one character is on both sides of this place. */
const isPair = (text, at) => /** @type {number} */ (text.codePointAt(at - 1)) > 0xffff;

class Lines {
  /** A character may come in two pieces. */
  #decoder = new StringDecoder('utf8');
  #rest = '';
  #tell;

  /** @param {(line: string) => void} tell is given each line, without its end */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @param {Buffer} bytes */
  add(bytes) {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n');
    this.#rest = /** @type {string} */ (lines.pop());
    for (const line of lines) this.#tell(line);
    while (this.#rest.length > LONGEST) {
      const end = isPair(this.#rest, LONGEST) ? LONGEST - 1 : LONGEST;
      this.#tell(this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end);
    }
  }

  /** Nothing more comes. The last line may have no end. */
  end() {
    this.#rest += this.#decoder.end();
    if (this.#rest !== '') this.#tell(this.#rest);
    this.#rest = '';
  }
}

module.exports = Lines;

'use strict';

/** What a worker wrote last, so that an error can show why it has failed. */

/** How many characters are kept. */
const MOST = 4096;

/** How many lines are shown. */
const LINES = 20;

class LastWords {
  #text = '';

  /** @param {import('node:stream').Readable | null | undefined} stderr of the worker, if the primary reads it */
  constructor(stderr) {
    stderr?.on('data', (chunk) => this.add(String(chunk)));
  }

  /** @param {string} text what a worker that writes elsewhere tells of itself */
  add(text) {
    this.#text = (this.#text + text).slice(-MOST);
  }

  toString() {
    return this.#text.trimEnd().split('\n').slice(-LINES).join('\n');
  }
}

module.exports = LastWords;

'use strict';

/**
 * Numbers the equal queries of this worker. If several servers listen on port 0, the n-th server of each worker
 * shares one port with the n-th server of the others. Counting starts again after all equal queries are closed.
 */
class Ordinals {
  /** By the fields of the query: the next number, and how many queries are open. */
  #entries = new Map();

  /**
   * @param {import('./query').Query} query
   * @returns {{ index: number, close: () => void }} `index` is how many equal queries came before. Call `close`
   *   when the query has failed, or its server is closed
   */
  take({ address, port, addressType, fd }) {
    const name = [address, port, addressType, fd].join(':');
    const entry = this.#entries.get(name) ?? { next: 0, open: 0 };
    this.#entries.set(name, entry);
    entry.open++;
    return {
      index: entry.next++,
      close: () => {
        if (--entry.open === 0) this.#entries.delete(name);
      },
    };
  }
}

module.exports = Ordinals;

'use strict';

/** The n-th equal request of every worker shares a port 0, so they are counted until all are closed. */
class Ordinals {
  /** How often an equal request was made, and how many of those are still open. */
  #entries = new Map();

  /**
   * @param {object} query of `./query`
   * @returns {{ index: number, close: () => void }} how many equal ones came before
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

'use strict';

/** How many connections a second there were between one look and the next. */

/** So many seconds are remembered. */
const REMEMBERED = 120;

class Rates {
  /** What each worker had claimed, by its id. */
  #claimed = new Map();
  #accepted;
  #at;
  /** Connections a second of the whole program, the newest last. @type {number[]} */
  history = [];

  /**
   * @param {{ accepted: number, workers: { id?: number, claimed: number }[] }} status
   * @param {number} now ms
   * @returns {object[]} its rows, each with the `rate` of its worker. At first look there is none
   */
  look({ accepted, workers }, now) {
    const seconds = this.#at === undefined ? 0 : (now - this.#at) / 1000;
    // Another program, whose figures are smaller, may have come to this place.
    const perSecond = (count) => (seconds > 0 ? Math.max(0, Math.round(count / seconds)) : undefined);
    const rows = workers.map((row) => ({
      ...row,
      rate: row.id === undefined ? undefined : perSecond(row.claimed - (this.#claimed.get(row.id) ?? 0)),
    }));
    if (seconds > 0) this.history.push(perSecond(accepted - this.#accepted) ?? 0);
    if (this.history.length > REMEMBERED) this.history.shift();
    this.#claimed = new Map(workers.map(({ id, claimed }) => [id, claimed]));
    this.#accepted = accepted;
    this.#at = now;
    return rows;
  }
}

module.exports = Rates;

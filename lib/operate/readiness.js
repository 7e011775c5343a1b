'use strict';

/** Whether a balancer shall choose this host: at least one worker serves, and nobody has said otherwise. */

class Readiness {
  #supervisor;
  #isDrained = false;

  /** @param {import('../..').Supervisor} supervisor */
  constructor(supervisor) {
    this.#supervisor = supervisor;
  }

  /** Whether somebody has taken this host out, until `undrain()`. */
  get isDrained() {
    return this.#isDrained;
  }

  /** From now on this host asks for no more work. It still does what comes. */
  drain() {
    this.#isDrained = true;
  }

  undrain() {
    this.#isDrained = false;
  }

  /** @returns {string | undefined} why this host is not ready, in a word or two */
  get obstacle() {
    const { state } = this.#supervisor;
    if (state === 'stopping' || state === 'stopped') return state;
    if (this.#isDrained) return 'drained';
    const { workers } = this.#supervisor.status();
    return workers.some((row) => row.state === 'ready') ? undefined : 'no worker is ready';
  }
}

module.exports = Readiness;

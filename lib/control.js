'use strict';

/**
 * `process.channel`: whether the channel keeps the process alive. Pending bytes always keep it alive: the addon
 * handles that. This object decides only while no byte is pending.
 */

const EventEmitter = require('node:events');

class Control extends EventEmitter {
  #native;
  /** Reasons to keep the process alive: listeners of 'message' and 'disconnect'. */
  #count = 0;
  /** The program has called `ref()` or `unref()`, so the reasons are ignored. */
  #explicit = false;

  /**
   * @param {import('../dist/binding').Worker} native
   * @param {boolean} held whether the channel keeps the process alive from the start
   */
  constructor(native, held) {
    super();
    this.#native = native;
    native.hold(held);
  }

  get fd() {
    return this.#native.fd ?? undefined;
  }

  /** Adds a reason. */
  refCounted() {
    if (++this.#count === 1 && !this.#explicit) this.#native.hold(true);
  }

  /** Removes a reason. */
  unrefCounted() {
    if (--this.#count !== 0 || this.#explicit) return;
    this.#native.hold(false);
    this.emit('unref');
  }

  ref() {
    this.#explicit = true;
    this.#native.hold(true);
  }

  unref() {
    this.#explicit = true;
    this.#native.hold(false);
  }
}

module.exports = Control;

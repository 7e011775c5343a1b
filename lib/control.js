'use strict';

/**
 * `process.channel`: whether the channel keeps the process alive while nothing waits to be written.
 * Bytes that wait do so whatever is said here: the addon's endpoint knows of them.
 */

const EventEmitter = require('node:events');

class Control extends EventEmitter {
  #native;
  #count = 0;
  #explicit = false;

  constructor(native, held) {
    super();
    this.#native = native;
    native.hold(held);
  }

  get fd() {
    return this.#native.fd ?? undefined;
  }

  /** One more reason to stay, unless the user has decided. */
  refCounted() {
    if (++this.#count === 1 && !this.#explicit) this.#native.hold(true);
  }

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

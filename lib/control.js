'use strict';

/** `process.channel`: whether the channel keeps the process alive. */

const EventEmitter = require('node:events');

class Control extends EventEmitter {
  #native;
  #held;
  #count = 0;
  #explicit = false;

  constructor(native, held) {
    super();
    this.#native = native;
    this.#held = held;
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
    if (--this.#count > 0 || this.#explicit || this.#held) return;
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

'use strict';

/** How many workers there shall be. */

class Scale {
  /** Whether it was changed, and the slots have still to follow. */
  isChanging = false;

  /**
   * @param {number} workers 1 or more
   * @param {number} surge how many processes there may be beside those, 1 or more
   */
  constructor(workers, surge) {
    this.workers = workers;
    this.surge = surge;
  }

  change(workers, surge = this.surge) {
    this.workers = workers;
    this.surge = surge;
    this.isChanging = true;
  }
}

module.exports = Scale;

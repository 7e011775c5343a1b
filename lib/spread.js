'use strict';

/** Does something to many things within some time, evenly, so that not all of it happens at once. */

/** Node's, for whoever has none of its own. */
const CLOCK = { now: () => performance.now(), after: setTimeout };

/**
 * @template T
 * @param {T[]} items
 * @param {number} window ms. The first is done now, all are done at its end
 * @param {(item: T) => void} act
 * @param {{ now(): number, after(callback: () => void, ms: number): unknown }} clock
 */
module.exports = function spread(items, window, act, clock = CLOCK) {
  const start = clock.now();
  let done = 0;
  const step = () => {
    const elapsed = clock.now() - start;
    // A timer that is late makes up for it.
    const due = elapsed >= window ? items.length : 1 + Math.floor((items.length * elapsed) / window);
    while (done < due && done < items.length) act(items[done++]);
    if (done < items.length) clock.after(step, window / items.length);
  };
  step();
};

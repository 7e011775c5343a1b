'use strict';

/** How many workers, and what a reload or a stop has done, in words. */

/** @param {number} count */
const workersOf = (count) => (count === 1 ? '1 worker' : `${count} workers`);

/** How many did not end by themselves. @param {number} killed */
const killedOf = (killed) => (killed > 0 ? `, ${workersOf(killed)} had to be killed` : '');

module.exports = { killedOf, workersOf };

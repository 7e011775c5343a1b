'use strict';

/** Reloads while somebody sends requests. */

const { setTimeout: sleep } = require('node:timers/promises');

/** How long the client runs before the first reload, and after the last one, in ms. */
const MARGIN = 700;

/**
 * @param {import('./contender').Contender} contender
 * @param {number} most reloads
 * @returns {Promise<{ reloads: number, replaced: number, killed: number, longest: number }>} `longest` reload, in ms
 */
module.exports = async function reloads(contender, most) {
  const total = { reloads: 0, replaced: 0, killed: 0, longest: 0 };
  await sleep(MARGIN);
  while (total.reloads < most) {
    const { replaced, killed, ms } = await contender.reload();
    total.reloads++;
    total.replaced += replaced;
    total.killed += killed;
    total.longest = Math.max(total.longest, ms);
  }
  await sleep(MARGIN);
  return total;
};

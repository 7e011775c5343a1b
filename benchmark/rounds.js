'use strict';

/**
 * Compares contenders fairly on a machine that is never quite still: each measurement runs in fresh
 * processes, those of a row run one right after the other, and who goes first rotates. Each round
 * measures every row once, so that a bad minute costs every row one round and no row its median.
 */

/**
 * @typedef {object} Row
 * @property {string} name as on the command line
 * @property {string} title
 * @property {Record<string, object>} contenders what each is told to do, by its name in the tables
 * @property {(contender: object, how: How) => Promise<Values>} measure in fresh processes
 * @property {Claim[]} claims
 *
 * @typedef {{ node: string, quick: boolean }} How with which binary, and whether roughly will do
 *
 * @typedef {Record<string, number>} Values by the names that `measures.js` has
 *
 * @typedef {object} Claim a line of the result
 * @property {string} value
 * @property {string} over the contender whose value it is, or is above the fraction line
 * @property {string} [under] the contender whose value is below the line
 * @property {number} [least] the goal: so much or more
 * @property {number} [most] the goal: so much or less
 *
 * @typedef {{ row: string, round: number, order: string[], values: Record<string, Values> }} Measured
 */

/** What a claim comes to in one round. */
function outcome({ value, over, under }, values) {
  const above = values[over][value];
  return under === undefined ? above : above / values[under][value];
}

/**
 * @param {Row[]} rows
 * @param {How & { rounds: number, seconds?: number, log(text: string): void }} options a round begins
 *   only if it is likely to end within `seconds`, the first always
 * @returns {Promise<{ measured: Measured[], rounds: number, failures: Map<string, Error> }>} a row that
 *   fails is not tried again
 */
async function compare(rows, { node, quick, rounds, seconds = Infinity, log }) {
  const measured = [];
  const failures = new Map();
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  let round = 0;
  for (; round < rounds && (round === 0 || elapsed() * (1 + 1 / round) < seconds); round++) {
    for (const row of rows) {
      if (failures.has(row.name)) continue;
      try {
        const names = Object.keys(row.contenders);
        const order = names.map((_, index) => names[(index + round) % names.length]);
        const values = {};
        for (const name of order) values[name] = await row.measure(row.contenders[name], { node, quick });
        measured.push({ row: row.name, round, order, values });
        const [claim] = row.claims;
        log(
          `round ${round + 1}/${rounds}, ${row.name}: ${label(claim)} ${outcome(claim, values).toFixed(2)}`,
        );
      } catch (error) {
        failures.set(row.name, error);
        log(`${row.name} FAILED: ${error.message}`);
      }
    }
  }
  return { measured, rounds: round, failures };
}

/** What is claimed, in words. */
function label({ value, over, under }) {
  return under === undefined ? `${value} ${over}` : `${value} ${over} / ${under}`;
}

module.exports = { compare, label, outcome };

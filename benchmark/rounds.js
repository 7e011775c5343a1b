'use strict';

/**
 * Compares contenders on a machine that has other work too. Each measurement runs in new processes. The
 * contenders of a row run one directly after the other, and the first one rotates. Each round measures every row
 * once. So a short disturbance spoils one round of some rows, but not the median of any row.
 */

/**
 * @typedef {object} Row
 * @property {string} name its name on the command line
 * @property {string} title its name in the tables
 * @property {Record<string, object>} contenders the workload of each contender, by its name in the tables
 * @property {(contender: object, how: How) => Promise<Values>} measure runs new processes
 * @property {Claim[]} claims
 *
 * @typedef {{ node: string, quick: boolean }} How the Node binary, and whether a short measurement is enough
 *
 * @typedef {Record<string, number>} Values by the names of `measures.js`
 *
 * @typedef {object} Claim a line of the result
 * @property {string} value the name of a measure
 * @property {string} over the contender whose value it is; with `under`, the numerator of a ratio
 * @property {string} [under] the contender whose value is the denominator
 * @property {number} [least] the goal: this value or more
 * @property {number} [most] the goal: this value or less
 *
 * @typedef {{ row: string, round: number, order: string[], values: Record<string, Values> }} Measured
 */

/** The value or ratio of a claim in one round. */
function outcome({ value, over, under }, values) {
  const above = values[over][value];
  return under === undefined ? above : above / values[under][value];
}

/**
 * @param {Row[]} rows
 * @param {How & { rounds: number, seconds?: number, log(text: string): void }} options the first round always
 *   starts. Another one starts only if it will probably end within `seconds`
 * @returns {Promise<{ measured: Measured[], rounds: number, failures: Map<string, Error> }>} a row that fails is
 *   not measured again
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

/** The text of a claim in the table. */
function label({ value, over, under }) {
  return under === undefined ? `${value} ${over}` : `${value} ${over} / ${under}`;
}

module.exports = { compare, label, outcome };

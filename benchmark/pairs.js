'use strict';

/**
 * Compares two sides fairly on a machine that is never quite still: each measurement runs in fresh
 * processes, the two of a pair run one right after the other, and who goes first alternates. Each
 * round has one pair of every row, so that a bad minute costs every row one pair and no row its
 * median.
 */

const childProcess = require('node:child_process');
const path = require('node:path');

/** No row may be worse than this, whatever its goal. */
const FLOOR = 0.95;

/** After so long a measurement hangs, in ms. */
const TIMEOUT = 120_000;

/**
 * @typedef {object} Row
 * @property {string} name as on the command line
 * @property {string} title
 * @property {string} program the file that is measured, a path from `workloads/`. It prints a
 *   `Measurement` as JSON
 * @property {object} workload what it is told to do
 * @property {Record<string, number | undefined>} goals for each metric that is shown, the ratio that
 *   is wanted; the floor, if undefined
 * @property {[Side, Side]} [sides] `OURS_AND_BUILTIN`, if not given
 *
 * @typedef {'ours' | 'builtin'} Side
 * @typedef {Record<string, number>} Measurement µs by metric; less is better
 * @typedef {{ row: string, round: number, sides: Side[], first: number,
 *   measurements: Measurement[], ratios: Record<string, number> }} Pair `first`: the index of the
 *   side that went first. A ratio above 1 is good for `sides[0]`
 */

const OURS_AND_BUILTIN = ['ours', 'builtin'];

/** The same program twice: how far from 1 a ratio gets by chance. */
const BUILTIN_TWICE = ['builtin', 'builtin'];

/**
 * Measures once, in fresh processes.
 * @param {string} node the binary
 * @param {Row} row
 * @param {Side} side
 * @returns {Promise<Measurement>}
 */
function measure(node, { program, workload }, side) {
  const file = path.join(__dirname, 'workloads', program);
  const options = { env: { ...process.env, CLUSTER: side }, timeout: TIMEOUT, killSignal: 'SIGKILL' };
  return new Promise((resolve, reject) => {
    const args = [file, JSON.stringify(workload)];
    childProcess.execFile(node, args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${side}: ${stderr || error.message}`));
      else resolve(JSON.parse(stdout));
    });
  });
}

/**
 * @param {Row[]} rows
 * @param {{ node: string, pairs: number, log(text: string): void }} options
 * @returns {Promise<{ pairs: Pair[], failures: Map<string, Error> }>} a row that fails is not tried again
 */
async function compare(rows, { node, pairs: count, log }) {
  const pairs = [];
  const failures = new Map();
  for (let round = 0; round < count; round++) {
    for (const row of rows) {
      if (failures.has(row.name)) continue;
      const sides = row.sides ?? OURS_AND_BUILTIN;
      const first = round % 2;
      const measurements = [];
      try {
        for (const index of [first, 1 - first]) {
          measurements[index] = await measure(node, row, sides[index]);
        }
      } catch (error) {
        failures.set(row.name, error);
        log(`${row.name} FAILED: ${error.message}`);
        continue;
      }
      const [ours, theirs] = measurements;
      const metrics = Object.keys(row.goals);
      const ratios = Object.fromEntries(metrics.map((metric) => [metric, theirs[metric] / ours[metric]]));
      pairs.push({ row: row.name, round, sides, first, measurements, ratios });
      const shown = metrics.map((metric) => `${metric} ${ratios[metric].toFixed(2)}`).join(', ');
      log(`${round + 1}/${count} ${row.name}: ${shown}`);
    }
  }
  return { pairs, failures };
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {number} ratio @param {number | undefined} goal */
function verdict(ratio, goal = FLOOR) {
  if (ratio >= goal) return 'yes';
  return ratio >= FLOOR ? 'no' : `NO, < ${FLOOR}`;
}

/** Three digits that matter. */
const digits = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** The result as lines of cells, a line for each metric of each row. */
function summary(rows, { pairs, failures }) {
  const head = ['row', 'metric', 'goal', 'ratio', 'min..max', 'met', 'ours µs', 'builtin µs'];
  const lines = rows.flatMap((row) => {
    if (failures.has(row.name)) return [[row.title, '', '', 'FAILED', '', 'NO', '', '']];
    const own = pairs.filter((pair) => pair.row === row.name);
    return Object.entries(row.goals).map(([metric, goal]) => {
      const ratios = own.map((pair) => pair.ratios[metric]);
      const ratio = median(ratios);
      const absolute = [0, 1].map((side) =>
        digits(median(own.map(({ measurements }) => measurements[side][metric]))),
      );
      const spread = `${Math.min(...ratios).toFixed(2)}..${Math.max(...ratios).toFixed(2)}`;
      const judged = row.sides === BUILTIN_TWICE ? ['', ''] : [`${goal ?? FLOOR}`, verdict(ratio, goal)];
      return [row.title, metric, judged[0], ratio.toFixed(2), spread, judged[1], ...absolute];
    });
  });
  return [head, ...lines];
}

/** Pads cells to columns, words to the left and numbers to the right. */
function table(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const words = new Set(['row', 'metric', 'met']);
  const text = lines.map((line) =>
    line
      .map((cell, column) =>
        words.has(lines[0][column]) ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return text.join('\n');
}

module.exports = { BUILTIN_TWICE, FLOOR, compare, summary, table };

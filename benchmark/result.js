'use strict';

/**
 * Makes the lines of a result: a claim, its goal, its measured ratio or value, and the medians of all contenders.
 */

const measures = require('./measures');
const { label, outcome } = require('./rounds');

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Rounds to three significant digits. */
const digits = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : `${Number(value.toPrecision(3))}`);

/**
 * @param {number} value
 * @param {import('./rounds').Claim} claim
 * @returns {boolean | undefined} undefined if the claim has no goal
 */
function isMet(value, { least, most }) {
  if (least !== undefined) return value >= least;
  if (most !== undefined) return value <= most;
  return undefined;
}

/**
 * @param {import('./rounds').Row} row
 * @param {import('./rounds').Measured[]} measured the rounds of this row
 * @returns for each claim: its `median`, `min` and `max` of all rounds, whether it is `met`, and in `values` the
 *   median of each contender that has this value
 */
function judge(row, measured) {
  return row.claims.map((claim) => {
    const all = measured.map(({ values }) => outcome(claim, values));
    const middle = median(all);
    const contenders = Object.keys(row.contenders).filter((name) =>
      measured.every(({ values }) => values[name][claim.value] !== undefined),
    );
    const medians = contenders.map((name) => [
      name,
      median(measured.map(({ values }) => values[name][claim.value])),
    ]);
    return {
      claim,
      median: middle,
      min: Math.min(...all),
      max: Math.max(...all),
      met: isMet(middle, claim),
      values: Object.fromEntries(medians),
    };
  });
}

const HEAD = ['row', 'measure', 'goal', 'median', 'min..max', 'met', 'medians of all'];
const VERDICTS = new Map([
  [true, 'yes'],
  [false, 'NO'],
  [undefined, ''],
]);

/** @param {import('./rounds').Row[]} rows @returns {string[][]} the cells of a table */
function lines(rows, { measured, failures }) {
  const body = rows.flatMap((row) => {
    if (failures.has(row.name)) return [[row.title, 'FAILED', '', '', '', 'NO', '']];
    return judge(
      row,
      measured.filter(({ row: name }) => name === row.name),
    ).map(({ claim, median, min, max, met, values }, index, all) => {
      const { least, most } = claim;
      const goal = least === undefined ? (most === undefined ? '' : `≤ ${most}`) : `≥ ${least}`;
      const { unit } = measures[claim.value];
      const told = all.slice(0, index).some((line) => line.claim.value === claim.value);
      const medians = Object.entries(values).map(([name, value]) => `${name}: ${digits(value)}`);
      return [
        index === 0 ? row.title : '',
        label(claim),
        goal,
        digits(median),
        `${digits(min)}..${digits(max)}`,
        VERDICTS.get(met),
        told ? '' : `${medians.join(', ')} ${unit}`.trim(),
      ];
    });
  });
  return [HEAD, ...body];
}

/** Pads the cells of each column to the same width. Words are aligned left, numbers right. */
function table(cells) {
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const words = new Set(['row', 'measure', 'met', 'medians of all']);
  const text = cells.map((line) =>
    line
      .map((cell, column) =>
        words.has(cells[0][column]) ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return text.join('\n');
}

/** The table in Markdown. */
function markdown(cells) {
  const text = cells.map((line) => `| ${line.join(' | ')} |`);
  text.splice(1, 0, `|${' --- |'.repeat(cells[0].length)}`);
  return text.join('\n');
}

module.exports = { judge, lines, markdown, median, table };

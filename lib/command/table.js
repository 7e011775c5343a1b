'use strict';

/** The workers of a program as a table. */

/** How a figure is written, and on which side of its column it stands. @typedef {[title: string, text: (row: any) => string, isText?: boolean]} Column */

/** @type {[string, number][]} */
const UNITS = [
  ['G', 2 ** 30],
  ['M', 2 ** 20],
  ['K', 2 ** 10],
];

/** 54521856 bytes are `52M`. */
function inBytes(bytes) {
  const [unit, size] = UNITS.find(([, size]) => bytes >= size) ?? ['', 1];
  return `${Math.round(bytes / size)}${unit}`;
}

/** 3723000 ms are `1h02m`. */
function inTime(ms) {
  const s = Math.floor(ms / 1000);
  const two = (number) => String(number).padStart(2, '0');
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m${two(s % 60)}s`;
  if (s < 86_400) return `${Math.floor(s / 3600)}h${two(Math.floor(s / 60) % 60)}m`;
  return `${Math.floor(s / 86_400)}d${two(Math.floor(s / 3600) % 24)}h`;
}

/** Short stretches are no news: every callback blocks the loop for a moment. */
const inBlocked = (ms) => (ms < 50 ? '' : `${ms} ms`);

/** @type {Record<string, Column>} */
const COLUMNS = {
  slot: ['SLOT', ({ slot }) => `${slot}`],
  pid: ['PID', ({ pid = '' }) => `${pid}`],
  state: ['STATE', ({ state }) => state, true],
  generation: ['GEN', ({ generation = '' }) => `${generation}`],
  open: ['OPEN', ({ open }) => `${open}`],
  rate: ['CONN/S', ({ rate = '' }) => `${rate}`],
  loop: ['LOOP', ({ utilization }) => `${Math.round(utilization * 100)}%`],
  blocked: ['BLOCKED', ({ blocked }) => inBlocked(blocked)],
  memory: ['MEMORY', ({ rss }) => inBytes(rss)],
  restarts: ['RESTARTS', ({ restarts }) => `${Math.max(0, restarts)}`],
  uptime: ['UPTIME', ({ uptime }) => inTime(uptime)],
  lastExit: ['LAST EXIT', ({ lastExit = '' }) => lastExit, true],
};

/**
 * @param {object[]} rows
 * @param {string[]} names of the columns
 * @returns {string[]} lines, of which the first one has the titles
 */
function table(rows, names) {
  const columns = names.map((name) => COLUMNS[name]);
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, text]) => text(row)))];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at].length)));
  return cells.map((line) =>
    line
      .map((cell, at) => (columns[at][2] ? cell.padEnd(widths[at]) : cell.padStart(widths[at])))
      .join('  ')
      .trimEnd(),
  );
}

/** What holds for the whole program. */
function summary({ pid, state, generation, accepted, queued, drained, workers }) {
  const ready = workers.filter((row) => row.state === 'ready').length;
  const slots = new Set(workers.map(({ slot }) => slot)).size;
  const parts = [`primary ${pid}`, state, `${ready} of ${slots} workers ready`, `generation ${generation}`];
  parts.push(`${accepted} connections accepted`);
  if (queued > 0) parts.push(`${queued} queued`);
  if (drained) parts.push('drained');
  return parts.join(', ');
}

module.exports = { COLUMNS, inBytes, inTime, summary, table };

'use strict';

/** What `rs-cluster top` shows: one picture as lines of text. */

const { inBytes, summary, table } = require('./table');

const TOP_COLUMNS = [
  'slot',
  'pid',
  'state',
  'generation',
  'open',
  'rate',
  'loop',
  'blocked',
  'memory',
  'restarts',
  'uptime',
];

const BARS = '▁▂▃▄▅▆▇█';

const KEYS = 'r reload   + one worker more   - one less   q quit';

/** The newest figures as bars, the largest of which is the highest. */
function sparkline(figures, width) {
  const shown = figures.slice(-width);
  const most = Math.max(...shown, 1);
  return shown
    .map((figure) => BARS[Math.min(BARS.length - 1, Math.round((figure / most) * (BARS.length - 1)))])
    .join('');
}

/** Cuts what does not fit. */
const fit = (lines, columns) => lines.map((line) => [...line].slice(0, columns).join(''));

/**
 * @typedef {object} Picture
 * @property {any} status what `/status` says
 * @property {object[]} rows its workers, with their rates
 * @property {number[]} history connections a second, the newest last
 * @property {string} message what has become of the last key
 */

/**
 * @param {Picture} picture
 * @param {{ columns: number, rows: number }} size of the terminal
 * @returns {string[]} not more and not longer than it has room for
 */
function screen({ status, rows, history, message }, size) {
  const rate = history.at(-1) ?? 0;
  const head = [summary(status), `${rate} connections/s ${sparkline(history, size.columns - 30)}`, ''];
  const foot = ['', message, KEYS];
  const all = table(rows, TOP_COLUMNS);
  const room = Math.max(2, size.rows - head.length - foot.length);
  const body = all.length > room ? [...all.slice(0, room - 1), `… ${all.length - room + 1} more`] : all;
  return fit([...head, ...body, ...foot], size.columns).slice(0, size.rows);
}

/** The same in one line, for what is no terminal. */
function line({ status, rows, history }, now) {
  const total = (name) => rows.reduce((sum, row) => sum + row[name], 0);
  const ready = rows.filter(({ state }) => state === 'ready').length;
  const parts = [
    now.toISOString(),
    status.state,
    `${ready} ready`,
    `${history.at(-1) ?? 0} connections/s`,
    `${total('open')} open`,
    `loop ${Math.round((total('utilization') / Math.max(1, rows.length)) * 100)}%`,
    inBytes(total('rss')),
  ];
  return parts.join('  ');
}

module.exports = { KEYS, line, screen, sparkline };

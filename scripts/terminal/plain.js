'use strict';

/** A screen without what differs from run to run: processes, times, and what the machine was busy with. */

/** The cells of a worker's line, by their title. @type {Record<string, (cell: string) => string>} */
const CELLS = {
  PID: () => 'PID',
  LOOP: (cell) => cell.replace(/\d+/, 'N'),
  // A busy machine blocks a loop for a moment.
  BLOCKED: () => '',
  MEMORY: (cell) => cell.replace(/\d+/, 'N'),
  UPTIME: () => 'TIME',
};

const TITLES = /^SLOT +PID +STATE /;

/** Where each column stands in the line of titles: from the end of the title before it to its own end. */
function columnsOf(titles) {
  let start = 0;
  return [...titles.matchAll(/LAST EXIT|\S+/g)].map(({ 0: title, index }) => {
    // STATE is text, which begins below the title. All others end below it.
    const end = title === 'STATE' ? titles.indexOf('  GEN', index) : index + title.length;
    const column = { title, start, end };
    start = end;
    return column;
  });
}

/** @returns {string} the cells of a line. A cell that does not stand below its title makes it another text */
function cells(line, columns) {
  return columns
    .map(({ title, start, end }) => {
      const cell = line.slice(start, end).trim();
      return CELLS[title] && cell !== '' ? CELLS[title](cell) : cell;
    })
    .join('|');
}

/** @param {string[]} lines of a terminal @returns {string} */
module.exports = function plain(lines) {
  let columns;
  const result = lines.map((line) => {
    if (TITLES.test(line)) {
      columns = columnsOf(line);
      return columns.map(({ title }) => title).join('|');
    }
    if (columns !== undefined && /^ *\d+ /.test(line)) return cells(line, columns);
    return line
      .replace(/primary \d+/, 'primary PID')
      .replace(/rs-cluster \d+:/, 'rs-cluster PID:')
      .replace(/\(\d+\)/, '(PID)')
      .replace(/\d+ ms/, 'N ms')
      .replace(/[▁▂▃▄▅▆▇█]+/, (bars) => bars[0]);
  });
  return result.join('\n').trimEnd();
};

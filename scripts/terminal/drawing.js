'use strict';

/** Draws a terminal as SVG. */

const FONT = { size: 14, width: 8.43, line: 20 };
const MARGIN = 20;
const TITLE = 36;

const COLOURS = {
  window: '#1b1f27',
  border: '#3a404d',
  text: '#d6dae2',
  faint: '#8b93a3',
  bar: '#5cb8a7',
  alarm: '#f0a35e',
};

const BARS = '▁▂▃▄▅▆▇█';

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const round = (number) => Number(number.toFixed(2));

/** A stretch of text, as wide as so many cells whatever font is found. */
function span(text, { column, y, colour }) {
  if (text.trim() === '') return '';
  const indent = text.length - text.trimStart().length;
  const shown = text.trim();
  const x = round(MARGIN + (column + indent) * FONT.width);
  const width = round(shown.length * FONT.width);
  return `<text x="${x}" y="${y}" fill="${colour}" textLength="${width}" lengthAdjust="spacingAndGlyphs">${escape(shown)}</text>`;
}

/** Fonts have blocks of all sizes: these are rectangles. */
function bars(text, { column, y }) {
  return [...text]
    .map((bar, at) => {
      const height = round(((BARS.indexOf(bar) + 1) / BARS.length) * (FONT.line - 4));
      const x = round(MARGIN + (column + at) * FONT.width);
      return `<rect x="${x}" y="${round(y + 3 - height)}" width="${round(FONT.width - 1.4)}" height="${height}"/>`;
    })
    .join('');
}

/** Titles and keys are faint; a stretch that a worker is blocked for is not. */
function colourOf(line, part) {
  if (/^SLOT |^r reload/.test(line)) return COLOURS.faint;
  return /^\d+ ms$/.test(part.trim()) ? COLOURS.alarm : COLOURS.text;
}

function draw(line, y) {
  // Cells, so that each stands in its column.
  return [...line.matchAll(/[▁▂▃▄▅▆▇█]+|(?:[^\s▁▂▃▄▅▆▇█]+ ?)+/g)]
    .map(({ 0: part, index }) =>
      BARS.includes(part[0])
        ? `<g fill="${COLOURS.bar}">${bars(part, { column: index, y })}</g>`
        : span(part, { column: index, y, colour: colourOf(line, part) }),
    )
    .join('\n');
}

/**
 * @param {string} title of the window
 * @param {string[]} lines that are to be seen in it
 * @returns {string} SVG
 */
module.exports = function drawing(title, lines) {
  const columns = Math.max(...lines.map((line) => line.length));
  const width = Math.ceil(2 * MARGIN + columns * FONT.width);
  const height = TITLE + lines.length * FONT.line + MARGIN;
  const body = lines.map((line, row) => draw(line, TITLE + (row + 1) * FONT.line - 5)).filter(Boolean);
  const dots = ['#e0645a', '#e3b341', '#57ab5a'].map(
    (colour, at) => `<circle cx="${MARGIN + at * 18}" cy="18" r="5" fill="${colour}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"`,
    `  font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT.size}">`,
    `<title>${escape(title)}: ${escape(lines[0])}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${COLOURS.window}" stroke="${COLOURS.border}"/>`,
    ...dots,
    `<text x="${width / 2}" y="23" fill="${COLOURS.faint}" text-anchor="middle">${escape(title)}</text>`,
    ...body,
    '</svg>\n',
  ].join('\n');
};

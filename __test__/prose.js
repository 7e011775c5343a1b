'use strict';

// README and docs are read once, by readers whose first language may not be English: sentences are short.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const ROOT = path.join(__dirname, '..');

const MOST_IN_SENTENCE = 30;
const MOST_IN_CELL = 25;

const pages = ['.', 'docs', 'benchmark', '__test__'].flatMap((folder) =>
  fs
    .readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name)),
);

/** How many words a reader reads: a link is its text. */
function words(text) {
  const read = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').split(/\s+/);
  return read.filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** The paragraphs, list items and cells of a page, without its code. */
function* parts(page) {
  const text = fs.readFileSync(path.join(ROOT, page), 'utf8').replace(/```.*?```/gs, '');
  for (const paragraph of text.split(/\n\s*\n/)) {
    if (!paragraph.startsWith('|')) {
      for (const item of paragraph.split(/\n(?=\s*(?:[-*]|\d+\.)\s)/)) yield { item };
      continue;
    }
    for (const row of paragraph.split('\n')) {
      for (const cell of row.split(/(?<!\\)\||<br>/)) yield { cell };
    }
  }
}

/** A code span is one word, whatever stops are in it. So is the name of a test, in quotes like “these”. */
const sentences = (item) =>
  item
    .replaceAll('\n', ' ')
    .replace(/`[^`]*`/g, 'code')
    .replace(/“[^”]*”/g, 'name')
    .split(/(?<=[.!?])["')*]*\s+/);

for (const page of pages) {
  test(`${page} has short sentences, and short cells`, () => {
    const long = [];
    for (const { item, cell } of parts(page)) {
      if (cell !== undefined && words(cell) > MOST_IN_CELL) long.push(cell.trim());
      if (item !== undefined) long.push(...sentences(item).filter((each) => words(each) > MOST_IN_SENTENCE));
    }
    assert.deepStrictEqual(long, []);
  });
}

'use strict';

// One list of options makes the help. The types and the docs name the same options.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const help = require('../../lib/command/help');
const { ORDERS } = require('../../lib/command/arguments');
const { OPTIONS, flagOf } = require('../../lib/command/options');
const { TABLE } = require('../../lib/supervise/options');

const skip = skipBuiltin('it has no command');

const read = (file) => fs.readFileSync(path.join(__dirname, '../..', file), 'utf8');

test('the types name all options of supervise(), in the same order', { skip }, () => {
  const [, body] = /interface SuperviseOptions \{(.*?)^\}/ms.exec(read('lib/supervise/api.d.ts')) ?? [];
  const names = [...body.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name);
  assert.deepStrictEqual(names, Object.keys(TABLE));
});

test('the command has each of them, and some of its own', { skip }, () => {
  const others = Object.keys(TABLE);
  assert.deepStrictEqual(Object.keys(OPTIONS).slice(0, others.length), others);
});

test('the help names each option, its variables and its default', { skip }, () => {
  const text = help();
  for (const { flag, sign, variables, says } of help.rows()) {
    assert.ok(text.includes(`  ${flag} ${sign}\n      ${says}`), flag);
    for (const variable of variables) assert.ok(text.includes(variable), variable);
  }
  for (const order of Object.keys(ORDERS)) assert.match(text, new RegExp(`^  rs-cluster ${order}\\b`, 'm'));
  for (const line of text.split('\n')) assert.ok(line.length <= 120, line);
});

test('the table in the docs is the same list', { skip }, () => {
  const cells = (text) => text.replaceAll('|', '\\|');
  const rows = help.rows().map(({ flag, sign, says, byDefault }) => {
    return `| \`${cells(`${flag} ${sign}`)}\` | ${byDefault} | ${cells(says)} |`;
  });
  const docs = read('docs/command.md');
  for (const row of rows) assert.ok(docs.includes(row), `docs/command.md lacks this row:\n${row}`);
  const flags = [...docs.matchAll(/^\| `(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag);
  assert.deepStrictEqual(flags, Object.keys(OPTIONS).map(flagOf));
});

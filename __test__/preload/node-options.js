'use strict';

// The text of NODE_OPTIONS against a model of Node's own parser, with random texts.

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const test = require('node:test');
const { add, quote, remove, split } = require('../../lib/node_options');

const STEPS = 20_000;

/** A generator of numbers below a limit (mulberry32). */
function generator(seed) {
  return (limit) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const PIECES = [' ', '  ', '"', '\\', '\\\\', '$', 'a', 'é', '\n', '\t', "'", '--require', '-r', 'x.js', '='];

const textOf = (random) => Array.from({ length: random(8) }, () => PIECES[random(PIECES.length)]).join('');

/** As Node's ParseNodeOptionsEnvVar. @returns {string[] | undefined} undefined if Node refuses the text */
function parse(text) {
  const list = [];
  let isInString = false;
  let isNew = true;
  for (let at = 0; at < text.length; at++) {
    let char = text[at];
    if (char === '\\' && isInString) {
      if (++at === text.length) return undefined;
      char = text[at];
    } else if (char === ' ' && !isInString) {
      isNew = true;
      continue;
    } else if (char === '"') {
      isInString = !isInString;
      continue;
    }
    if (isNew) list.push(char);
    else list[list.length - 1] += char;
    isNew = false;
  }
  return isInString ? undefined : list;
}

test('what is added to NODE_OPTIONS is one argument, and is taken out to the byte', () => {
  const seed = Date.now() | 0;
  const random = generator(seed);
  for (let step = 0; step < STEPS; step++) {
    const file = `/${textOf(random)}/preload.js`;
    const part = `--require ${quote(file)}`;
    const own = random(8) === 0 ? undefined : textOf(random);
    const tool = random(2) === 0 ? '' : ` ${textOf(random)}`;
    const say = JSON.stringify({ seed, step, file, own, tool });

    for (const place of ['first', 'last']) {
      const text = add(own, part, place);
      assert.strictEqual(remove(text, part), own, say);
      // A tool that adds to what is there finds its own part there afterwards.
      const rest = own === undefined ? tool.slice(1) : own + tool;
      if (tool !== '') assert.strictEqual(remove(text + tool, part), rest, say);
    }
    const users = parse(own ?? '');
    const ours = ['--require', file];
    assert.deepStrictEqual(parse(add(own, part, 'first')), users && [...ours, ...users], say);
    // What Node refuses is refused with our part before it; behind it, a string may end in ours.
    if (users) assert.deepStrictEqual(parse(add(own, part, 'last')), [...users, ...ours], say);
  }
});

test('the model of the parser is right', () => {
  for (const title of ['a"b c"', '"\\"\\\\"', 'a\\', "'a'", '"a\tb$é"', '"a\nb"']) {
    const env = { ...process.env, NODE_OPTIONS: `--title=${title}` };
    const said = execFileSync(process.execPath, ['-p', 'JSON.stringify(process.title)'], { env });
    assert.deepStrictEqual([`--title=${JSON.parse(said)}`], parse(env.NODE_OPTIONS));
  }
});

test('what is not there is not taken out', () => {
  for (const text of ['', ' ', '--no-warnings', '--require "/elsewhere/preload.js"']) {
    assert.strictEqual(remove(text, '--require "/preload.js"'), text);
  }
});

test('a text is split as Node splits it, and each argument stands where it is said to stand', () => {
  const seed = Date.now() | 0;
  const random = generator(seed);
  for (let step = 0; step < STEPS; step++) {
    const text = textOf(random);
    const wanted = parse(text);
    if (wanted === undefined) continue;
    const parts = split(text);
    const say = JSON.stringify({ seed, step, text });
    assert.deepStrictEqual(
      parts.map(({ value }) => value),
      wanted,
      say,
    );
    for (const { value, start, end } of parts)
      assert.deepStrictEqual(parse(text.slice(start, end)), [value], say);
  }
});

'use strict';

// The writer of Prometheus' text format, with texts and numbers that need care.

const assert = require('node:assert');
const test = require('node:test');
const { parse } = require('../fixtures/exposition');
const { skipBuiltin } = require('../harness');
const write = require('../../lib/metrics/text');

const skip = skipBuiltin();

test('help and labels are escaped, and read back as they were', { skip }, () => {
  const nasty = 'a\\b\n"c"\\n{x="1"} # {,}';
  const family = {
    name: 'x',
    type: 'gauge',
    help: nasty,
    samples: [{ labels: { a: nasty, b: '' }, value: 1 }],
  };
  const text = write([family]);
  assert.strictEqual(
    text,
    '# HELP x a\\\\b\\n"c"\\\\n{x="1"} # {,}\n# TYPE x gauge\nx{a="a\\\\b\\n\\"c\\"\\\\n{x=\\"1\\"} # {,}",b=""} 1\n',
  );
  const { help, samples } = parse(text).get('x');
  assert.strictEqual(help, nasty);
  assert.deepStrictEqual(samples, [{ name: 'x', labels: { a: nasty, b: '' }, value: 1 }]);
});

test('every number of JavaScript is one of Prometheus', { skip }, () => {
  const numbers = [0, -1.5, 1e21, 5e-324, 2 ** 53, NaN, Infinity, -Infinity];
  const samples = numbers.map((value, at) => ({ labels: { at }, value }));
  const text = write([{ name: 'x', type: 'gauge', help: '', samples }]);
  assert.deepStrictEqual(
    parse(text)
      .get('x')
      .samples.map(({ value }) => value),
    numbers,
  );
  assert.match(text, /^x\{at="5"\} NaN\nx\{at="6"\} \+Inf\nx\{at="7"\} -Inf\n/m);
});

test('a family without samples is left out', { skip }, () => {
  assert.strictEqual(write([{ name: 'x', type: 'gauge', help: '', samples: [] }]), '');
});

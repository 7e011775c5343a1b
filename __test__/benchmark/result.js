'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { judge, lines, markdown, median, table } = require('../../benchmark/result');
const { compare } = require('../../benchmark/rounds');

const row = {
  name: 'net',
  title: 'a row',
  contenders: { ours: {}, builtin: {}, none: {} },
  claims: [
    { value: 'CPU', over: 'builtin', under: 'ours', least: 2 },
    { value: 'CPU', over: 'ours', under: 'none', most: 1.05 },
    { value: 'least share', over: 'ours' },
  ],
};

/** A round in which ours, builtin and none cost so much. */
const round = (ours, builtin, none) => ({
  row: 'net',
  values: { ours: { CPU: ours, 'least share': 1 }, builtin: { CPU: builtin }, none: { CPU: none } },
});

test('medians', () => {
  assert.strictEqual(median([3, 1, 2]), 2);
  assert.strictEqual(median([4, 1, 3, 2]), 2.5);
  assert.strictEqual(median([10, 9]), 9.5); // As numbers, not as texts.
});

test('a ratio is taken within a round, then the median of all', () => {
  const [cpu, overhead, share] = judge(row, [round(10, 30, 10), round(100, 210, 99), round(10, 10, 8)]);
  assert.deepStrictEqual([cpu.median, cpu.min, cpu.max, cpu.met], [2.1, 1, 3, true]);
  assert.deepStrictEqual(cpu.values, { ours: 10, builtin: 30, none: 10 });
  assert.strictEqual(overhead.met, true);
  assert.deepStrictEqual([share.median, share.met, share.values], [1, undefined, { ours: 1 }]);
});

test('a goal that is missed is printed like one that is met', () => {
  const result = { measured: [round(10, 15, 10)], failures: new Map() };
  const cells = lines([row], result);
  assert.deepStrictEqual(
    cells.slice(1).map((line) => line.slice(2, 6)),
    [
      ['≥ 2', '1.5', '1.5..1.5', 'NO'],
      ['≤ 1.05', '1', '1..1', 'yes'],
      ['', '1', '1..1', ''],
    ],
  );
  assert.ok(table(cells).includes('ours: 10, builtin: 15, none: 10 µs'));
  assert.strictEqual(markdown(cells).split('\n').length, 5);
});

test('each goes first in turn, and a row that fails is reported and not tried again', async () => {
  const order = [];
  const contenders = Object.fromEntries(['ours', 'builtin', 'none'].map((name) => [name, { name }]));
  const good = {
    ...row,
    contenders,
    async measure({ name }) {
      order.push(name);
      return { CPU: 1, 'least share': 1 };
    },
  };
  let tries = 0;
  const bad = {
    ...row,
    name: 'bad',
    async measure() {
      tries++;
      throw new Error('on purpose');
    },
  };
  const said = [];
  const result = await compare([good, bad], { rounds: 3, log: (text) => said.push(text) });
  assert.deepStrictEqual(order.join(' '), 'ours builtin none builtin none ours none ours builtin');
  assert.strictEqual(tries, 1);
  assert.strictEqual(result.measured.length, 3);
  assert.deepStrictEqual([...result.failures.keys()], ['bad']);
  assert.ok(said.includes('bad FAILED: on purpose'));
  assert.strictEqual(lines([good, bad], result).at(-1)[1], 'FAILED');
});

test('if time is short there are fewer rounds, but at least one', async () => {
  const slow = {
    ...row,
    measure: () => new Promise((resolve) => setTimeout(resolve, 10, { CPU: 1, 'least share': 1 })),
  };
  const { rounds } = await compare([slow], { rounds: 7, seconds: 0.001, log() {} });
  assert.strictEqual(rounds, 1);
});

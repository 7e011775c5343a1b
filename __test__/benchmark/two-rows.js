'use strict';

// The benchmark runs with every cluster, and prints what it promises.

const assert = require('node:assert');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { promisify } = require('node:util');
const { temporaryPath } = require('../harness');
const measures = require('../../benchmark/measures');

const BENCHMARK = path.join(__dirname, '../../benchmark/run.js');

const run = (...args) => promisify(execFile)(process.execPath, [BENCHMARK, ...args]);

test('a round of two rows', { timeout: 170_000 }, async () => {
  const file = temporaryPath('benchmark.json');
  const { stdout } = await run('--quick', '--rounds', '1', '--json', file, 'net-paced-4', 'hand-over-8');
  const result = JSON.parse(fs.readFileSync(file, 'utf8'));
  assert.deepStrictEqual(result.failures, []);
  assert.strictEqual(result.rounds, 1);
  assert.strictEqual(result.node, process.version);
  assert.match(result.date, /^\d{4}-\d\d-\d\d$/);
  assert.deepStrictEqual(
    result.rows.map(({ name }) => name),
    ['net-paced-4', 'hand-over-8'],
  );

  for (const { name, title, contenders, claims } of result.rows) {
    const [{ values, order }] = result.measured.filter(({ row }) => row === name);
    assert.deepStrictEqual(order, Object.keys(contenders));
    for (const { value, over, under = over } of claims) {
      for (const who of [over, under]) assert.ok(values[who][value] > 0, `${value} of ${who} in ${name}`);
    }
    for (const value of order.flatMap((who) => Object.keys(values[who]))) {
      assert.ok(value in measures, `${value} is nowhere explained`);
    }
    assert.ok(stdout.includes(title));
  }
});

test('a name that no row has', async () => {
  await assert.rejects(run('no-such-row'), { code: 1, stderr: /there is no row no-such-row/ });
});

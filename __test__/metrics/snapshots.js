'use strict';

// Metrics that a worker has sent are checked before prom-client sees them.

const assert = require('node:assert');
const test = require('node:test');
const { AggregatorRegistry } = require('prom-client');
const { parse } = require('../fixtures/exposition');
const Random = require('../fixtures/random');
const { skipBuiltin } = require('../harness');
const { agreeing, fold, read } = require('../../lib/metrics/snapshots');

const skip = skipBuiltin();

const metric = (changes) => ({
  name: 'a',
  help: 'b',
  type: 'counter',
  aggregator: 'sum',
  values: [],
  ...changes,
});
const value = (changes) => ({ value: 1, labels: {}, ...changes });

const readOne = (written) => read(JSON.stringify([written]));

test('what is no snapshot is refused', { skip }, () => {
  for (const text of ['', 'x', 'null', '7', '"x"', '{}', '[', '{"length":1}', '{"reduce":1}']) {
    assert.strictEqual(read(text), undefined, text);
  }
  const many = metric({ values: Array.from({ length: 60_000 }, () => 1) });
  assert.strictEqual(readOne(many), undefined);
  // What is no list has no length.
  assert.strictEqual(read(JSON.stringify([many, { values: { length: -60_000 } }])), undefined);
  assert.deepStrictEqual(readOne({ values: { length: 1e9 } }), []);
});

test('a metric that is not good is left out', { skip }, () => {
  for (const written of [
    null,
    7,
    [],
    {},
    metric({ name: 'a b' }),
    metric({ name: 'a\nb 1' }),
    metric({ name: 'x'.repeat(5000) }),
    metric({ name: 'rs_cluster_info' }),
    metric({ name: ['a'] }),
    metric({ help: 7 }),
    metric({ type: 'toString' }),
    metric({ aggregator: 'constructor' }),
    metric({ aggregator: undefined }),
    metric({ values: {} }),
  ]) {
    assert.deepStrictEqual(readOne(written), [], JSON.stringify(written));
  }
});

test('a value that is not good is left out', { skip }, () => {
  const bad = [
    null,
    7,
    value({ value: null }),
    value({ value: '1' }),
    value({ labels: null }),
    value({ labels: [1] }),
    value({ labels: { 'a="1"} 1\nb': 1 } }),
    value({ labels: { a: {} } }),
    value({ labels: { a: null } }),
    value({ metricName: 'rs_cluster_info' }),
    value({ metricName: 'a_bucket' }),
    value({ metricName: 7 }),
  ];
  const good = value({ labels: { a: 'x"\n\\', b: 1 } });
  assert.deepStrictEqual(readOne(metric({ values: [...bad, good] })), [metric({ values: [good] })]);
  const proto =
    '[{"name":"a","help":"","type":"gauge","aggregator":"sum","values":[{"value":1,"labels":{"__proto__":"x"}}]}]';
  assert.deepStrictEqual(read(proto)[0].values, []);
});

test('only counters and histograms that are added stay, and label order does not matter', { skip }, () => {
  const counter = (labels, count) => metric({ values: [value({ labels, value: count })] });
  const past = fold(
    [],
    [
      counter({ x: '1', y: '2' }, 3),
      metric({ name: 'g', type: 'gauge', values: [value()] }),
      metric({ name: 's', type: 'summary', values: [value()] }),
      metric({ name: 'm', aggregator: 'max', values: [value()] }),
    ],
  );
  assert.deepStrictEqual(past, [counter({ x: '1', y: '2' }, 3)]);
  assert.strictEqual(fold(past, [counter({ y: '2', x: '1' }, 4)])[0].values[0].value, 7);
  // A later version has a histogram of this name.
  const histogram = metric({ type: 'histogram', values: [value({ metricName: 'a_count' })] });
  assert.deepStrictEqual(fold(past, [histogram]), [histogram]);
});

test('workers that always count something else leave no endless number of counters', { skip }, () => {
  let past = [];
  for (let worker = 0; worker < 4; worker++) {
    const values = Array.from({ length: 20_000 }, (_, at) => value({ labels: { at: `${worker} ${at}` } }));
    past = fold(past, [metric({ values }), metric({ name: `of_${worker}` })]);
  }
  assert.ok(past[0].values.length <= 50_000, `${past[0].values.length}`);
  // Those that are known still grow.
  const [{ values }] = fold(past, [metric({ values: [value({ labels: { at: '0 7' } })] })]);
  assert.strictEqual(values.find(({ labels }) => labels.at === '0 7').value, 2);
  const names = Array.from({ length: 60_000 }, (_, at) => metric({ name: `m${at}` }));
  assert.ok(fold([], names).length <= 50_000);
});

test('a metric that means something else in another worker is left out there', { skip }, () => {
  const [gauge, counter] = [metric({ type: 'gauge' }), metric({})];
  assert.deepStrictEqual(agreeing([[gauge], [counter], [gauge]]), [[gauge], [], [gauge]]);
});

test('whatever workers send, prom-client can add it up, and the text is right', { skip }, async () => {
  const seed = Date.now() % 2 ** 31;
  const random = new Random(seed);
  const good = JSON.stringify([
    metric({ values: [value({ labels: { x: 'y' } }), value()] }),
    metric({
      name: 'h',
      type: 'histogram',
      values: [
        value({ metricName: 'h_bucket', labels: { le: '+Inf' } }),
        value({ metricName: 'h_sum' }),
        value({ metricName: 'h_count' }),
      ],
    }),
  ]);
  let count = 0;
  for (let round = 0; round < 3000; round++) {
    const snapshot = read(random.mutated(Buffer.from(good)).toString('latin1'));
    if (snapshot === undefined) continue;
    count++;
    const past = fold(fold([], snapshot), read(good));
    const text = await AggregatorRegistry.aggregate(agreeing([snapshot, past])).metrics();
    // A histogram that lacks a bucket is no fault of the text.
    const withoutHistograms = snapshot.some(({ type }) => type === 'histogram') ? undefined : text;
    if (withoutHistograms?.trim()) parse(`${withoutHistograms.trimEnd()}\n`);
  }
  assert.ok(count > 50, `seed ${seed}: ${count}`);
});

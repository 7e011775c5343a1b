'use strict';

// The metrics of the program, which its workers count with prom-client, across reloads, kills, blocks and nonsense.

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { setTimeout: sleep } = require('node:timers/promises');
const { settled, read } = require('../harness');
const { channel } = require('../fixtures/hostile');
const { assertGrown, parse, sum } = require('../fixtures/exposition');
const { comes, run, supervises, workerOf } = require('../fixtures/supervises');

const scrape = async (supervisor) => parse(await supervisor.metrics());

const STALE = 'rs_cluster_metrics_stale_workers';

/** A program that counts what it answers. */
function counting(cluster) {
  const { Counter, Gauge, Histogram } = require('prom-client');
  const answers = new Counter({ name: 'answers_total', help: 'so many', labelNames: ['kind'] });
  const seconds = new Histogram({ name: 'seconds', help: 'of an answer', buckets: [0.1, 1] });
  new Gauge({ name: 'open', help: 'now' }).set(1);
  // So large that it does not fit one frame.
  new Counter({ name: 'large_total', help: 'ü"\\'.repeat(1000), labelNames: ['at'] });
  for (let at = 0; at < 2000; at++)
    require('prom-client')
      .register.getSingleMetric('large_total')
      .inc({ at: `ü${at}` });
  process.on('message', () => {
    for (const end = performance.now() + 3000; performance.now() < end;);
  });
  const server = net.createServer((socket) => {
    answers.inc({ kind: `slot "${cluster.worker.slot}"` });
    seconds.observe(0.5);
    socket.end('counted');
  });
  server.listen(0, '127.0.0.1');
}

const options = { programs: { good: counting }, supervise: { registry: true } };

async function ask(port, count) {
  for (let asked = 0; asked < count; asked++) assert.strictEqual(await read(port), 'counted');
}

supervises("the counters of the workers' programs are added, and a reload takes nothing away", {
  ...options,
  timeout: 120_000,
  async primary({ supervisor, port }) {
    await ask(port, 10);
    const before = await scrape(supervisor);
    assert.deepStrictEqual(
      [sum(before, 'answers_total'), sum(before, 'open'), sum(before, STALE)],
      [10, 2, 0],
    );
    assert.strictEqual(sum(before, 'answers_total', { kind: 'slot "0"' }), 5);
    assert.strictEqual(sum(before, 'large_total'), 4000);
    let [last, isOver] = [before, false];
    const scraper = (async () => {
      while (!isOver) {
        const next = await scrape(supervisor);
        assertGrown(last, next);
        last = next;
      }
    })();
    for (let round = 0; round < 3; round++) {
      await ask(port, 4);
      // No scrape is between these answers and the end of the workers that have given them.
      await supervisor.reload();
    }
    isOver = true;
    await scraper;
    const after = await scrape(supervisor);
    assert.deepStrictEqual([sum(after, 'answers_total'), sum(after, 'seconds_count')], [22, 22]);
    assert.strictEqual(sum(after, 'seconds_bucket', { le: '1' }), 22);
    assert.strictEqual(sum(after, 'open'), 2, 'no gauge of a worker that is gone');
    assert.strictEqual(sum(after, 'large_total'), 16_000);
  },
});

supervises('a worker that nobody has asked gives its last metrics when it drains', {
  ...options,
  async primary({ supervisor, port }) {
    await ask(port, 6);
    await supervisor.reload();
    assert.strictEqual(sum(await scrape(supervisor), 'answers_total'), 6);
  },
});

supervises('a killed worker leaves what it has said, and a blocked one its last word', {
  ...options,
  async primary({ cluster, supervisor, port }) {
    await ask(port, 4);
    assert.strictEqual(sum(await scrape(supervisor), 'answers_total'), 4);
    const ready = comes(supervisor, 0, 'ready');
    workerOf({ cluster, supervisor }).process.kill('SIGKILL');
    await ready;
    assert.strictEqual(sum(await scrape(supervisor), 'answers_total'), 4);

    workerOf({ cluster, supervisor }, 1).send('block');
    await sleep(200);
    const before = performance.now();
    const [families, same] = await Promise.all([scrape(supervisor), supervisor.metrics()]);
    const time = performance.now() - before;
    assert.ok(time >= 800 && time < 2000, `${time} ms`);
    assert.deepStrictEqual([sum(families, 'answers_total'), sum(families, STALE)], [4, 1]);
    assert.match(same, /^answers_total/m);
    for (let tries = 0; tries < 10 && sum(await scrape(supervisor), STALE) > 0; tries++);
    assert.strictEqual(sum(await scrape(supervisor), STALE), 0);
  },
});

supervises('whatever a worker sends instead of metrics, the others are told', {
  supervise: { registry: { getMetricsAsJSON: async () => [] }, workers: 1 },
  programs: { good: counting, hostile },
  async primary({ supervisor, port }) {
    await ask(port, 3);
    assert.strictEqual(sum(await scrape(supervisor), 'answers_total'), 3);
    run('hostile');
    const warnings = [];
    process.on('warning', ({ message }) => warnings.push(message));
    await supervisor.reload();
    assert.ok(
      await (async () => {
        for (let tries = 0; tries < 100; tries++) {
          const families = await scrape(supervisor);
          assert.deepStrictEqual([sum(families, 'answers_total'), sum(families, 'rs_cluster_info')], [3, 1]);
          if (families.has('fine_total')) return true;
          await sleep(20);
        }
      })(),
    );
    assert.deepStrictEqual(warnings, []);
  },
});

/** It speaks to the primary by itself: some texts that are no metrics, and at last one that is. */
function hostile() {
  const value = [{ value: 7, labels: {} }];
  const bad = [
    { name: 'rs_cluster_info', help: '', type: 'gauge', aggregator: 'sum', values: value },
    { name: 'bad_total', help: '', type: 'counter', aggregator: 'constructor', values: value },
    // It is a counter of the workers before.
    { name: 'answers_total', help: '', type: 'counter', aggregator: 'sum', values: 7 },
  ];
  const fine = { name: 'fine_total', help: '', type: 'counter', aggregator: 'sum', values: value };
  const texts = ['', '{', 'null', '[null]', '"x"', JSON.stringify(bad), JSON.stringify([...bad, fine])];
  const native = channel();
  native.act('{"act":"listening"}');
  for (const text of texts) native.act(JSON.stringify({ act: 'metrics', text, isLast: true }));
  for (let part = 0; part < 200; part++) {
    native.act(JSON.stringify({ act: 'metrics', text: 'x'.repeat(50_000), isLast: part === 199 }));
  }
  setInterval(() => {}, 1000);
  once(process, 'SIGTERM').then(() => process.exit());
}

supervises('an aggregation that fails costs the metrics of the program only, and is one warning', {
  ...options,
  async primary({ supervisor, port }) {
    await ask(port, 2);
    const { AggregatorRegistry } = require('prom-client');
    AggregatorRegistry.aggregate = () => {
      throw new Error('no way');
    };
    const warnings = [];
    process.on('warning', ({ message, code }) => warnings.push([code, message]));
    for (let round = 0; round < 2; round++) {
      const families = await scrape(supervisor);
      assert.ok(!families.has('answers_total'));
      assert.strictEqual(sum(families, 'rs_cluster_connections_accepted_total'), 2);
    }
    assert.ok(await settled(() => warnings.length > 0));
    assert.deepStrictEqual(warnings, [
      ['RS_CLUSTER_METRICS', 'the metrics of the application are left out: no way'],
    ]);
  },
});

supervises('a program without prom-client has no metrics of its own, and is not stale', {
  supervise: { registry: true },
  async primary({ supervisor }) {
    const families = await scrape(supervisor);
    assert.strictEqual(sum(families, STALE), 0);
    assert.ok([...families.keys()].every((name) => name.startsWith('rs_cluster_')));
  },
});

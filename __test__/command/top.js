'use strict';

// What `rs-cluster top` shows.

const assert = require('node:assert');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const { commands } = require('../fixtures/command');
const Rates = require('../../lib/command/rates');
const { screen, sparkline } = require('../../lib/command/screen');
const { inBytes, inTime } = require('../../lib/command/table');

const skip = skipBuiltin('it has no command');

const row = (slot, more) => ({
  slot,
  id: slot + 1,
  pid: 100 + slot,
  state: 'ready',
  generation: 1,
  uptime: 61_000,
  restarts: 0,
  claimed: 0,
  open: 3,
  utilization: 0.5,
  blocked: 0,
  rss: 50 * 2 ** 20,
  ...more,
});

const statusOf = (...workers) => ({
  state: 'ready',
  generation: 1,
  pid: 99,
  accepted: 0,
  queued: 0,
  drained: false,
  workers,
});

test('a picture of two workers', { skip }, () => {
  const status = {
    ...statusOf(row(0), row(1, { blocked: 1200, rate: 7 })),
    accepted: 12,
    queued: 2,
    drained: true,
  };
  const lines = screen(
    { status, rows: status.workers, history: [0, 5, 10], message: 'reload: done' },
    { columns: 100, rows: 20 },
  );
  assert.deepStrictEqual(lines, [
    'primary 99, ready, 2 of 2 workers ready, generation 1, 12 connections accepted, 2 queued, drained',
    '10 connections/s ▁▅█',
    '',
    'SLOT  PID  STATE  GEN  OPEN  CONN/S  LOOP  BLOCKED  MEMORY  RESTARTS  UPTIME',
    '   0  100  ready    1     3           50%              50M         0   1m01s',
    '   1  101  ready    1     3       7   50%  1200 ms     50M         0   1m01s',
    '',
    'reload: done',
    'r reload   + one worker more   - one less   q quit',
  ]);
});

test('it has room in any terminal', { skip }, () => {
  const workers = Array.from({ length: 64 }, (_, slot) => row(slot));
  for (const columns of [1, 10, 40, 80, 200]) {
    for (const rows of [1, 5, 10, 24, 100]) {
      const picture = { status: statusOf(...workers), rows: workers, history: [1, 2, 3], message: '' };
      const lines = screen(picture, { columns, rows });
      assert.ok(lines.length <= rows, `${lines.length} lines of ${rows}`);
      for (const line of lines) assert.ok([...line].length <= columns);
    }
  }
  const lines = screen(
    { status: statusOf(...workers), rows: workers, history: [], message: '' },
    { columns: 80, rows: 24 },
  );
  assert.ok(lines.includes('… 48 more'));
});

test('a slot whose worker is replaced has two rows, and counts once', { skip }, () => {
  const empty = row(1, { id: undefined, pid: undefined, generation: undefined, state: 'backoff', uptime: 0 });
  const workers = [row(0, { state: 'draining' }), row(0, { id: 9 }), empty];
  const [head] = screen(
    { status: statusOf(...workers), rows: workers, history: [], message: '' },
    { columns: 80, rows: 24 },
  );
  assert.match(head, /1 of 2 workers ready/);
});

test('bars', { skip }, () => {
  assert.strictEqual(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 10), '▁▂▃▄▅▆▇█');
  assert.strictEqual(sparkline([0, 0], 10), '▁▁');
  assert.strictEqual(sparkline([9, 0, 9], 2), '▁█');
  assert.strictEqual(sparkline([], 10), '');
});

test('connections a second', { skip }, () => {
  const rates = new Rates();
  const look = (accepted, claimed, now) => {
    const workers = Object.entries(claimed).map(([id, count]) => ({ id: Number(id), claimed: count }));
    return rates.look({ accepted, workers }, now).map(({ rate }) => rate);
  };
  assert.deepStrictEqual(look(10, { 1: 10 }, 0), [undefined]);
  assert.deepStrictEqual(look(30, { 1: 20, 2: 10 }, 2000), [5, 5]);
  assert.deepStrictEqual(look(31, { 2: 11 }, 3000), [1]);
  assert.deepStrictEqual(rates.history, [10, 1]);
  // The program has started anew.
  assert.deepStrictEqual(look(2, { 2: 2 }, 4000), [0]);
  assert.deepStrictEqual(rates.history, [10, 1, 0]);
});

test('sizes and times', { skip }, () => {
  assert.deepStrictEqual([0, 1023, 2048, 3 * 2 ** 20, 2 ** 31].map(inBytes), ['0', '1023', '2K', '3M', '2G']);
  const times = [0, 59_999, 60_000, 3_723_000, 90_000_000].map(inTime);
  assert.deepStrictEqual(times, ['0s', '59s', '1m00s', '1h02m', '1d01h']);
});

commands('without a terminal it is a line each second, until the program stops', async (scene) => {
  const command = scene.begin(['-w', '2', 'app.js']);
  await command.port();
  const top = scene.begin(['top']);
  await top.says(
    /^\S+Z {2}ready {2}2 ready {2}0 connections\/s {2}0 open {2}loop \d+% {2}\d+M\n\S+Z {2}ready/m,
    'stdout',
  );
  await scene.run(['stop']);
  const { code, stdout } = await top.end();
  assert.strictEqual(code, 0);
  assert.match(stdout, /The program has stopped\n$/);
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(stdout, /\x1b/);
});

commands('q leaves at once, even while a reload goes on', async (scene) => {
  const command = scene.begin(['-w', '1', 'app.js']);
  await command.port();
  // The new version never becomes ready.
  scene.write('app.js', 'setInterval(() => {}, 1000);');
  const terminal = scene.write(
    'terminal.js',
    `Object.assign(process.stdout, { isTTY: true, columns: 80, rows: 24 });
     Object.assign(process.stdin, { isTTY: true, setRawMode: () => process.stdin });`,
  );
  const top = scene.begin(['top'], {
    env: { NODE_OPTIONS: `--require=${terminal}` },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  await top.says(/q quit/, 'stdout');
  top.process.stdin.write('r');
  await command.says(/starts \(reload\)/);
  top.process.stdin.write('q');
  assert.strictEqual((await top.end()).code, 0);
  assert.match((await scene.run(['status'])).stdout, /reloading/);
});

'use strict';

// What the command line may say.

const assert = require('node:assert');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const { parse } = require('../../lib/command/arguments');

const skip = skipBuiltin('it has no command');

/** What is asked, without the options that were not given. */
function asked(...args) {
  const { options = {}, ...rest } = parse(args);
  return { ...rest, options };
}

test('the program begins at the first word that is no option; what follows is its own', { skip }, () => {
  const { command, program, args, options } = asked(
    '-w',
    '3',
    '--surge=50%',
    'app.js',
    '--workers',
    '7',
    '-v',
  );
  assert.deepStrictEqual([command, program, args], ['run', 'app.js', ['--workers', '7', '-v']]);
  assert.deepStrictEqual([options.workers, options.surge], [3, '50%']);
  assert.deepStrictEqual(asked('-w2', 'app.js').options.workers, 2);
});

test('a file that has the name of an order', { skip }, () => {
  assert.strictEqual(asked('./reload').program, './reload');
  assert.strictEqual(asked('--', 'reload', 'x').program, 'reload');
  assert.deepStrictEqual(asked('-w', '2', '--', 'status').args, []);
  assert.strictEqual(asked('reload').command, 'reload');
});

test('orders have options before and behind them', { skip }, () => {
  assert.strictEqual(asked('--control', '/a', 'reload').options.control, '/a');
  assert.strictEqual(asked('reload', '--control', '/a').options.control, '/a');
  assert.deepStrictEqual(asked('scale', '4').operands, ['4']);
  assert.strictEqual(asked('status', '--json').json, true);
  assert.strictEqual(asked('stop', '--now').now, true);
  assert.strictEqual(asked('reload', '--help').command, 'help');
  assert.strictEqual(asked('--version', 'stop').command, 'version');
  assert.strictEqual(asked('stop', '-v').command, 'version');
});

test('values are read as the kinds of the options say', { skip }, () => {
  const { options } = asked(
    ...['--drain-timeout', '5m', '--max-memory', '512M', '--admin', '[::1]:0', '--control', 'off'],
    ...['--signals', 'off', '--notify', '0', '--logs', 'json', 'app.js'],
  );
  const { drainTimeout, maxMemory, admin, control, signals, notify, logs } = options;
  assert.deepStrictEqual(
    { drainTimeout, maxMemory, admin, control, signals, notify, logs },
    {
      drainTimeout: 300_000,
      maxMemory: 2 ** 29,
      admin: '[::1]:0',
      control: false,
      signals: false,
      notify: false,
      logs: 'json',
    },
  );
});

test('a command is a process of its own: signals mean something, and systemd is told', { skip }, () => {
  const { signals, notify, control, admin, logs } = asked('app.js').options;
  assert.deepStrictEqual([signals, notify, control, admin, logs], [true, true, undefined, false, 'inherit']);
});

test('what makes no sense is an error that names it', { skip }, () => {
  for (const [args, message] of [
    [[], /rs-cluster \[options\] app\.js/],
    [['--workers', '0', 'app.js'], /"--workers".*>= 1 or 'auto'/],
    [['--drain-timeout', 'soon', 'app.js'], /"--drain-timeout"/],
    [['--signals', 'maybe', 'app.js'], /"--signals".*on or off/],
    [['--admin', '9464', 'app.js'], /"--admin".*127\.0\.0\.1:9464/],
    [['--drain-timeout', 'soon', 'app.js'], /have a unit: 500ms, 30s, 5m, 12h/],
    [['--max-memory', '1X', 'app.js'], /have a unit: 512K, 512M, 2G/],
    [['--loud', 'app.js'], /^there is no option --loud$/],
    [['--constructor', 'app.js'], /^there is no option --constructor$/],
    [['--worker', '2', 'app.js'], /no option --worker\. Did you mean --workers\?$/],
    [['--workers'], /--workers/],
    [['scale'], /usage: rs-cluster scale N\|auto$/],
    [['scale', '1', '2'], /rs-cluster scale N/],
    [['reload', 'now'], /rs-cluster reload/],
    [['reload', '--now'], /^"reload" has no option --now$/],
    [['reload', '--workers', '2'], /^"reload" has no option --workers$/],
  ]) {
    assert.throws(() => parse(args), { message }, args.join(' '));
  }
});

test('a wrong variable is named', { skip }, () => {
  process.env.RS_CLUSTER_LOGS = 'xml';
  try {
    assert.throws(() => parse(['app.js']), { code: 'ERR_OUT_OF_RANGE', message: /"RS_CLUSTER_LOGS"/ });
  } finally {
    delete process.env.RS_CLUSTER_LOGS;
  }
});

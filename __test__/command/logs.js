'use strict';

// What workers write, and what the command says of them.

const assert = require('node:assert');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const { ask, commands } = require('../fixtures/command');
const Lines = require('../../lib/command/lines');
const Sink = require('../../lib/command/sink');
const { FORMATS } = require('../../lib/command/logs');

const skip = skipBuiltin('it has no command');

/** The lines of these pieces. */
function cut(...pieces) {
  const lines = [];
  const cutter = new Lines((line) => lines.push(line));
  for (const piece of pieces) cutter.add(Buffer.from(piece));
  cutter.end();
  return lines;
}

test('lines end where they end, whatever pieces they come in', { skip }, () => {
  assert.deepStrictEqual(cut('a\nb', 'c\n\nd'), ['a', 'bc', '', 'd']);
  assert.deepStrictEqual(cut('a\n'), ['a']);
  assert.deepStrictEqual(cut(), []);
  const text = Buffer.from('größer\n€\n😀');
  for (let at = 0; at <= text.length; at++) {
    assert.deepStrictEqual(
      cut(text.subarray(0, at), text.subarray(at)),
      ['größer', '€', '😀'],
      `cut at ${at}`,
    );
  }
});

test('a line without an end needs no endless memory', { skip }, () => {
  const piece = 'x'.repeat(100_000);
  const lines = cut(...Array.from({ length: 20 }, () => piece));
  assert.ok(lines.length > 20);
  assert.strictEqual(lines.join(''), piece.repeat(20));
  // No character is cut in two.
  for (const first of ['', 'x']) {
    for (const line of cut(`${first}${'😀'.repeat(100_000)}`)) assert.doesNotMatch(line, /[\ud800-\udfff]/u);
  }
});

test('prefix and json', { skip }, () => {
  const origin = { slot: 2, pid: 830, stream: 'stdout' };
  const now = () => new Date(0);
  assert.strictEqual(FORMATS.prefix('text', origin, now), '[2] text');
  assert.deepStrictEqual(JSON.parse(FORMATS.json('a "text"', origin, now)), {
    time: '1970-01-01T00:00:00.000Z',
    worker: 2,
    pid: 830,
    stream: 'stdout',
    msg: 'a "text"',
  });
  assert.strictEqual(
    FORMATS.json('{"level":30,"msg":"x"}', origin, now),
    '{"level":30,"msg":"x","worker":2}',
  );
  assert.strictEqual(JSON.parse(FORMATS.json('{broken', origin, now)).msg, '{broken');
  assert.strictEqual(JSON.parse(FORMATS.json('[1]', origin, now)).msg, '[1]');
});

/** What is written for four lines, two of which nobody reads. */
function halfRead(isJson) {
  const written = [];
  const stream = { writableLength: 0, write: (text) => written.push(text), on() {} };
  const sink = new Sink(stream, isJson);
  sink.write('first');
  stream.writableLength = 2 ** 30;
  sink.write('second');
  sink.write('third');
  stream.writableLength = 0;
  sink.write('fourth');
  return written;
}

test('lines that nobody reads are dropped and counted', { skip }, () => {
  const msg = '2 lines were dropped, because nobody read them';
  assert.deepStrictEqual(halfRead(false), ['first\n', `rs-cluster ${process.pid}: ${msg}\n`, 'fourth\n']);
  const { event, lines, ...rest } = JSON.parse(halfRead(true)[1]);
  assert.deepStrictEqual([event, lines, rest.pid, rest.msg], ['dropped', 2, process.pid, msg]);
});

commands('each line says which worker has written it', async (scene) => {
  scene.write(
    'app.js',
    `process.stdout.write('half ');
     require('node:net').createServer().listen(0, '127.0.0.1', () => { console.log('a line'); console.error('an error'); });
     process.on('disconnect', () => process.stdout.write('the end'));`,
  );
  const command = scene.begin(['-w', '2', '--logs', 'prefix', 'app.js']);
  await command.says(/all workers are ready/);
  await scene.run(['stop']);
  const { stdout, stderr } = await command.end();
  assert.deepStrictEqual(stdout.trim().split('\n').sort(), [
    '[0] half a line',
    '[0] the end',
    '[1] half a line',
    '[1] the end',
  ]);
  for (const slot of [0, 1]) assert.ok(stderr.includes(`[${slot}] an error\n`));
});

commands('as JSON, each line is an object', async (scene) => {
  scene.write(
    'app.js',
    `require('node:net').createServer().listen(0, '127.0.0.1', () => {
       console.log('text'); console.log(JSON.stringify({ level: 30, msg: 'own' })); console.error('error'); });`,
  );
  const command = scene.begin(['-w', '1', '--logs', 'json', 'app.js']);
  await command.says(/"event":"allReady"/);
  await scene.run(['reload']);
  await scene.run(['stop']);
  const { stdout, stderr } = await command.end();
  const objects = (text) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const [text, own] = objects(stdout);
  assert.deepStrictEqual([text.worker, text.stream, text.msg], [0, 'stdout', 'text']);
  assert.deepStrictEqual(own, { level: 30, msg: 'own', worker: 0 });
  const events = objects(stderr).filter(({ event }) => event !== undefined);
  assert.deepStrictEqual(
    events.map(({ event, worker, reason }) =>
      [event, worker, reason].filter((each) => each !== undefined).join(' '),
    ),
    [
      'starting 0 start',
      'ready 0 start',
      'allReady',
      'reloading',
      'starting 0 reload',
      'ready 0 reload',
      'draining 0 reload',
      'gone 0 exit code 0',
      'reload',
      'stopping',
      'draining 0 stop',
      'gone 0 exit code 0',
      'stop',
    ],
  );
  assert.ok(events.every(({ time, pid, msg }) => time && pid && msg));
});

commands('who reads no logs stops neither the program nor its workers', async (scene) => {
  scene.write(
    'app.js',
    `let written = 0;
     const line = 'x'.repeat(1023) + '\\n';
     const turn = () => { process.stdout.write(line.repeat(64)); written += 64; if (written < 32768) setImmediate(turn); };
     require('node:http').createServer((request, response) => response.end(String(written))).listen(0, '127.0.0.1',
       function () { console.error('port ' + this.address().port); turn(); });`,
  );
  const command = scene.begin(['-w', '1', '--logs', 'prefix', 'app.js']);
  command.process.stdout.pause();
  const [, port] = await command.says(/port (\d+)/);
  let written = '';
  while (written !== '32768') written = (await ask('GET', `http://127.0.0.1:${port}/`)).body;
  command.process.stdout.resume();
  await scene.run(['stop']);
  const { code } = await command.end();
  assert.strictEqual(code, 0);
});

'use strict';

// A worker that crashed or hangs starts again, at once the first time, and later each time after that.

const { deepStrictEqual: same } = require('node:assert');
const test = require('node:test');
const Backoff = require('../../lib/supervise/backoff');
const Story = require('../fixtures/story');

test('a crash restarts at once, the next ones wait twice as long each', () => {
  const story = Story.ready({ workers: 1 });
  const waits = [];
  same(story.exit(1), ['START 0 crash']);
  for (let worker = 2; worker < 10; worker++) {
    same(story.exit(worker, 0), []);
    waits.push(...story.sleep());
  }
  const expected = [100, 200, 400, 800, 1600, 1600, 1600, 1600].map((ms) => `${ms}: START 0 crash`);
  same(waits, expected);
  same(story.world.said.crashLoop, undefined);
  same(story.state, 'degraded');
});

test('a wait is up to 20 % longer or shorter', () => {
  for (const [random, expected] of [
    [0, 80],
    [0.5, 100],
    [0.9999, 120],
  ]) {
    const story = Story.ready({ workers: 1 }, () => random);
    story.exit(1);
    story.exit(2);
    same(story.sleep(), [`${expected}: START 0 crash`]);
  }
});

test('a wait stays finite after any number of failures', () => {
  const backoff = new Backoff({ backoff: 100, maxBackoff: 1000 }, () => 0.5);
  for (let failures = 0; failures < 3000; failures++) backoff.fail(5);
  same(backoff.until, 1005);
});

test('who was ready for minUptime makes the failures before it forgotten, and not a moment earlier', () => {
  for (const [uptime, expected] of [
    [500, ['START 0 crash']],
    [499, []],
  ]) {
    const story = Story.ready({ workers: 1 });
    story.exit(1);
    story.wait(600).ready(2);
    same(story.wait(uptime).exit(2), expected);
  }
});

test('an exit that the program wanted is restarted, too', () => {
  const story = Story.ready({ workers: 1 });
  same(story.exit(1, 0, null, true), ['START 0 exit']);
});

test('a hung worker is killed at once, beside its replacement', () => {
  const story = Story.ready();
  same(story.tell('hung', { worker: 2 }), ['KILL 2 hang', 'START 1 hang']);
  same(story.tell('hung', { worker: 2 }), []);
  same(story.exit(2, null, 'SIGKILL'), []);
  same(story.ready(3), []);
  same(story.state, 'ready');
});

test('if many hang, all are killed at once, and as many start as there is room for', () => {
  const story = Story.ready({ workers: 3 });
  same(story.tell('hung', { worker: 1 }), ['KILL 1 hang', 'START 0 hang']);
  same(story.tell('hung', { worker: 2 }), ['KILL 2 hang']);
  same(story.exit(1, null, 'SIGKILL'), ['START 1 hang']);
});

test('a slot counts its restarts, and tells since when it is in its state', () => {
  const story = Story.ready({ workers: 1 });
  story.wait(50).exit(1);
  story.wait(20).exit(2);
  const [waiting] = story.world.rules.status().workers;
  same([waiting.restarts, waiting.since, waiting.state], [1, 70, 'backoff']);
  story.sleep();
  const [starting] = story.world.rules.status().workers;
  same([starting.restarts, starting.since, starting.state], [2, 170, 'starting']);
});

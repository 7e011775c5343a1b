'use strict';

// A reload begins with one worker, the canary. If that fails, the others are not replaced.

const { deepStrictEqual: same } = require('node:assert');
const test = require('node:test');
const Story = require('../fixtures/story');

test('a reload goes slot by slot, and drains an old worker only when the new one is ready', () => {
  const story = Story.ready();
  same(story.tell('reload'), ['reloading 2', 'START 0 reload']);
  same(story.state, 'reloading');
  same(story.ready(3), ['DRAIN 1 reload']);
  same(story.rows, ['0 3 ready 2', '1 2 ready 1', '0 1 draining 1']);
  same(story.exit(1, 0), ['START 1 reload']);
  same(story.ready(4), ['DRAIN 2 reload']);
  same(story.exit(2, 0), ['reloaded 2 2']);
  same(story.state, 'ready');
});

test('however large surge is, the others wait for the canary', () => {
  const story = Story.ready({ workers: 4, surge: 3 });
  same(story.tell('reload'), ['reloading 2', 'START 0 reload']);
  same(story.ready(5), ['DRAIN 1 reload', 'START 1 reload', 'START 2 reload']);
  same(story.exit(1, 0), ['START 3 reload']);
  same(story.ready(6), ['DRAIN 2 reload']);
});

test('a canary that exits ends the reload, and the old workers go on', () => {
  const story = Story.ready();
  story.tell('reload');
  same(story.exit(3, 7), ['reloadFailed 2 crash']);
  same(story.last('reloadFailed'), {
    type: 'reloadFailed',
    generation: 2,
    slot: 0,
    worker: 3,
    code: 7,
    signal: null,
    reason: 'crash',
  });
  same(story.rows, ['0 1 ready 1', '1 2 ready 1']);
  same(story.state, 'ready');
});

test('a canary that is ready and crashes soon ends the reload, before others are replaced', () => {
  const story = Story.ready();
  story.tell('reload', { rollback: true });
  story.ready(3);
  same(story.exit(1, 0), ['START 1 reload']);
  same(story.wait(499).exit(3), ['reloadFailed 2 crash', 'DRAIN 4 reload failed', 'START 0 crash']);
  same(story.rows, ['0 5 starting 1', '1 2 ready 1', '1 4 draining 2']);
});

test('a canary that is ready and hangs soon ends the reload', () => {
  const story = Story.ready();
  story.tell('reload');
  story.ready(3);
  same(story.tell('hung', { worker: 3 }), ['reloadFailed 2 hang', 'KILL 3 hang']);
});

test('a canary that exits because the program told it to ends the reload as well', () => {
  const story = Story.ready();
  story.tell('reload');
  same(story.exit(3, 0, null, true), ['reloadFailed 2 exit']);
});

test('a canary that is not ready in time is killed, and ends the reload', () => {
  const story = Story.ready();
  story.tell('reload');
  same(story.sleep(), ['1000: reloadFailed 2 timeout', '1000: KILL 3 timeout']);
  same(story.ready(3), []);
  same(story.exit(3, null, 'SIGKILL'), []);
  same(story.rows, ['0 1 ready 1', '1 2 ready 1']);
});

test('a reload that fails halfway leaves two generations: degraded, until the next one succeeds', () => {
  const story = Story.ready();
  story.tell('reload');
  story.ready(3);
  story.exit(1, 0);
  same(story.exit(4), ['reloadFailed 2 crash']);
  same(story.state, 'degraded');
  same(story.rows, ['0 3 ready 2', '1 2 ready 1']);
  same(story.tell('reload'), ['reloading 3', 'START 0 reload']);
  story.ready(5);
  same(story.exit(3, 0), ['START 1 reload']);
  story.ready(6);
  same(story.exit(2, 0), ['reloaded 3 2']);
  same(story.state, 'ready');
});

test('a reload that fails takes its other replacements back', () => {
  const story = Story.ready({ workers: 4, surge: 3 });
  story.tell('reload');
  story.ready(5);
  same(story.exit(6), ['reloadFailed 2 crash', 'DRAIN 7 reload failed']);
  same(story.exit(7, 0), []);
});

test('if a reload with rollback fails, slots that were replaced get the former generation back', () => {
  const story = Story.ready();
  story.tell('reload', { rollback: true });
  story.ready(3);
  story.exit(1, 0);
  same(story.exit(4), ['reloadFailed 2 crash', 'START 0 rollback']);
  same(story.rows, ['0 3 ready 2', '0 5 starting 1', '1 2 ready 1']);
  same(story.ready(5), ['DRAIN 3 rollback']);
  same(story.exit(3, 0), []);
  same(story.state, 'ready');
  same(story.tell('reload'), ['reloading 3', 'START 1 reload']);
});

test('reloads that are wanted during a reload are one reload', () => {
  const story = Story.ready({ workers: 1 });
  story.tell('reload');
  same(story.tell('reload'), []);
  same(story.tell('reload'), []);
  story.ready(2);
  same(story.exit(1, 0), ['reloaded 2 1', 'reloading 3', 'START 0 reload']);
  story.ready(3);
  same(story.exit(2, 0), ['reloaded 3 1']);
});

test('a reload that waits runs also if the one before it fails', () => {
  const story = Story.ready({ workers: 1 });
  story.tell('reload');
  story.tell('reload');
  same(story.exit(2), ['reloadFailed 2 crash', 'reloading 3', 'START 0 reload']);
});

test('a reload starts at once what waits after failures', () => {
  const story = Story.ready({ workers: 1 });
  story.exit(1);
  story.exit(2);
  same(story.state, 'degraded');
  same(story.rows, ['0 undefined backoff undefined']);
  same(story.tell('reload'), ['reloading 2', 'START 0 crash']);
  same(story.ready(3), ['reloaded 2 0']);
});

test('if the canary became the worker of its slot, it is still the canary', () => {
  const story = Story.ready({ workers: 3, surge: 3 });
  story.tell('reload');
  same(story.exit(1), []);
  same(story.exit(4), ['reloadFailed 2 crash']);
  const other = Story.ready({ workers: 3, surge: 3 });
  other.tell('reload');
  other.exit(1);
  same(other.ready(4), ['START 1 reload', 'START 2 reload']);
});

test('a worker of the former generation that fails does not end a reload, and none that was ready for long', () => {
  const story = new Story({ workers: 2 });
  story.tell('time');
  story.ready(1);
  same(story.tell('reload'), ['reloading 2', 'START 0 reload']);
  same(story.exit(2), ['START 1 crash']);
  same(story.ready(3), ['DRAIN 1 reload']);
  same(story.exit(1, 0), []);
  same(story.wait(500).exit(3), ['START 0 crash']);
  story.ready(4);
  same(story.ready(5), ['reloaded 2 1', 'ready']);
});

test('a reload that is aborted takes its replacement back, and what was replaced stays', () => {
  const story = Story.ready();
  story.tell('reload');
  story.ready(3);
  story.exit(1, 0);
  same(story.tell('abort', { next: false }), ['reloadFailed 2 abort', 'DRAIN 4 reload failed']);
  same(story.state, 'degraded');
  same(story.tell('abort', { next: false }), []);
});

test('a reload that waits can be cancelled, and the one that runs goes on', () => {
  const story = Story.ready({ workers: 1 });
  story.tell('reload');
  story.tell('reload');
  same(story.tell('abort', { next: true }), []);
  story.ready(2);
  same(story.exit(1, 0), ['reloaded 2 1']);
});

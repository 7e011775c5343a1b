'use strict';

// A worker that reached a limit is replaced, and serves until the other one is ready.

const { deepStrictEqual: same } = require('node:assert');
const test = require('node:test');
const Story = require('../fixtures/story');

test('a limit replaces gracefully, and so many at once as surge allows', () => {
  const story = Story.ready();
  same(story.tell('replace', { worker: 2, reason: 'memory' }), ['START 1 memory']);
  same(story.tell('replace', { worker: 1, reason: 'lifetime' }), []);
  same(story.ready(3), ['DRAIN 2 memory']);
  same(story.exit(2, 0), ['START 0 lifetime']);
  same(story.ready(4), ['DRAIN 1 lifetime']);
  same(story.exit(1, 0), []);
});

test('a slot that is replaced again and again does not keep the others from their turn', () => {
  const story = Story.ready();
  story.tell('replace', { worker: 1, reason: 'memory' });
  story.tell('replace', { worker: 2, reason: 'memory' });
  story.ready(3);
  story.tell('replace', { worker: 3, reason: 'memory' });
  same(story.exit(1, 0), ['START 1 memory']);
});

test('if a replacement outside of a reload fails, the old worker goes on, and the next one waits', () => {
  const story = Story.ready({ workers: 1 });
  story.wait(5000).tell('replace', { worker: 1, reason: 'memory' });
  same(story.exit(2), ['START 0 memory']);
  same(story.exit(3), []);
  same(story.state, 'ready');
  same(story.sleep(), ['100: START 0 memory']);
  same(story.exit(4), []);
  same(story.sleep(), ['200: START 0 memory']);
  same(story.ready(5), ['DRAIN 1 memory']);
});

test('if the old worker crashes, its replacement becomes the worker of the slot', () => {
  const story = Story.ready({ workers: 1 });
  story.tell('replace', { worker: 1, reason: 'memory' });
  same(story.exit(1), []);
  same(story.rows, ['0 2 starting 1']);
  same(story.ready(2), []);
  same(story.rows, ['0 2 ready 1']);
});

test('a slot whose worker starts gets no replacement, whatever is wanted', () => {
  const story = new Story({ workers: 1 });
  story.tell('time');
  same(story.tell('replace', { worker: 1, reason: 'memory' }), []);
  same(story.tell('reload'), ['reloading 2']);
  same(story.ready(1), ['START 0 memory', 'ready']);
});

test('a crash while a worker drains only ends it', () => {
  const story = Story.ready({ workers: 1 });
  story.tell('replace', { worker: 1, reason: 'memory' });
  story.ready(2);
  same(story.exit(1, null, 'SIGSEGV'), []);
  same(story.rows, ['0 2 ready 1']);
});

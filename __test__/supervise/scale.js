'use strict';

// The number of slots changes while workers start, reload and drain.

const { deepStrictEqual: same } = require('node:assert');
const test = require('node:test');
const Story = require('../fixtures/story');

test('scale starts slots, and drains the highest ones', () => {
  const story = Story.ready();
  same(story.tell('scale', { workers: 3 }), ['START 2 scale']);
  same(story.state, 'ready');
  same(story.ready(3), ['scaled 3']);
  same(story.tell('scale', { workers: 1 }), ['DRAIN 2 scale', 'DRAIN 3 scale']);
  same(story.exit(3, 0), []);
  same(story.exit(2, 0), ['scaled 1']);
  same(story.tell('scale', { workers: 1 }), ['scaled 1']);
});

test('a slot may come back while its former worker still drains', () => {
  const story = Story.ready();
  story.tell('scale', { workers: 1 });
  same(story.tell('scale', { workers: 2 }), ['START 1 scale']);
  same(story.exit(2, 0), []);
  same(story.ready(3), ['scaled 2']);
});

test('scale adjusts a reload that runs', () => {
  const story = Story.ready();
  story.tell('reload');
  same(story.tell('scale', { workers: 3 }), ['START 2 scale']);
  same(story.ready(4), ['scaled 3']);
  same(story.tell('scale', { workers: 1 }), ['DRAIN 2 scale', 'DRAIN 4 scale']);
  same(story.ready(3), ['DRAIN 1 reload']);
  story.exit(1, 0);
  story.exit(2, 0);
  same(story.exit(4, 0), ['scaled 1']);
  same(story.state, 'ready');
});

test('a reload outlives the slot of its canary', () => {
  const story = Story.ready({ workers: 2 });
  story.tell('replace', { worker: 1, reason: 'memory' });
  story.ready(3);
  story.exit(1, 0);
  same(story.tell('reload'), ['reloading 2', 'START 1 reload']);
  same(story.tell('scale', { workers: 1 }), ['DRAIN 2 scale', 'DRAIN 4 scale']);
  story.exit(4);
  same(story.exit(2, 0), ['START 0 reload', 'scaled 1']);
});

test('with the scale, another surge may come', () => {
  const story = Story.ready();
  story.tell('scale', { workers: 4, surge: 4 });
  story.ready(3);
  story.ready(4);
  story.tell('reload');
  same(story.ready(5), ['DRAIN 1 reload', 'START 1 reload', 'START 2 reload', 'START 3 reload']);
});

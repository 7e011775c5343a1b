'use strict';

// Stop ends all workers, gracefully or at once.

const { deepStrictEqual: same } = require('node:assert');
const test = require('node:test');
const Story = require('../fixtures/story');

test('stop drains all at once, whatever state they are in', () => {
  const story = Story.ready();
  story.tell('reload');
  same(story.tell('stop'), ['reloadFailed 2 stop', 'DRAIN 1 stop', 'DRAIN 2 stop', 'DRAIN 3 stop']);
  same(story.state, 'stopping');
  same(story.exit(1), []);
  same(story.tell('reload'), []);
  same(story.tell('scale', { workers: 9 }), []);
  same(story.exit(3), []);
  same(story.tell('stop'), []);
  same(story.tell('stop', { now: true }), ['KILL 2 stop']);
  same(story.tell('stop', { now: true }), []);
  same(story.exit(2, null, 'SIGKILL'), ['stopped']);
  same(story.state, 'stopped');
  same(story.tell('stop'), []);
});

test('stop before anything has started is done', () => {
  same(new Story().tell('stop'), ['stopped']);
});

test('a worker that is forked after stop gets its order then', () => {
  const { world } = new Story({ workers: 1 });
  world.apply({ type: 'time' });
  world.apply({ type: 'stop' });
  world.fork(0);
  same(world.trail.at(-1).outputs, [{ type: 'DRAIN', worker: 1, reason: 'stop' }]);
});

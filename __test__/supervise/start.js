'use strict';

// The start of a supervisor: all slots at once, and when it gives up.

const { deepStrictEqual: same } = require('node:assert');
const test = require('node:test');
const Story = require('../fixtures/story');

test('all slots start at once, and are ready when each is', () => {
  const story = new Story({ workers: 3 });
  same(story.tell('time'), ['START 0 start', 'START 1 start', 'START 2 start']);
  same(story.state, 'starting');
  same(story.ready(1), []);
  same(story.ready(3), []);
  same(story.state, 'starting');
  same(story.ready(2), ['ready']);
  same(story.state, 'ready');
  same(story.rows, ['0 1 ready 1', '1 2 ready 1', '2 3 ready 1']);
  same(story.world.rules.nextWake(), Infinity);
});

test('while no worker was ever ready, bootAttempts failures of a slot stop everything', () => {
  const story = new Story();
  story.tell('time');
  same(story.exit(1), ['START 0 crash']);
  same(story.exit(3), []);
  same(story.sleep(), ['100: START 0 crash']);
  same(story.exit(4, 9), ['crashLoop crash', 'KILL 2 stop']);
  same(story.last('crashLoop').code, 9);
  same(story.state, 'stopping');
  same(story.exit(2, null, 'SIGKILL'), ['stopped']);
});

test('a worker that is never ready counts for the crash loop', () => {
  const story = new Story({ workers: 1, bootAttempts: 1 });
  story.tell('time');
  same(story.sleep(), ['1000: crashLoop timeout', '1000: KILL 1 stop']);
});

test('a fork that fails is a failure', () => {
  const story = new Story({ workers: 1, bootAttempts: 2 });
  story.world.apply({ type: 'time' });
  same(
    story.world.failFork(0).map(({ type }) => type),
    ['START'],
  );
  same(
    story.world.failFork(0).map(({ type, reason }) => `${type} ${reason}`),
    ['crashLoop fork', 'stopped undefined'],
  );
});

test('once a worker was ready it never gives up', () => {
  const story = new Story({ workers: 2 });
  story.tell('time');
  story.ready(2);
  story.exit(1);
  for (let worker = 3; worker < 20; worker++) {
    story.exit(worker);
    same(story.state, 'degraded');
    story.sleep();
  }
});

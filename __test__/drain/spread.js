'use strict';

// What is closed at a deadline is closed one after the other, on a virtual clock.

const assert = require('node:assert');
const test = require('node:test');
const spread = require('../../lib/spread');

/** Runs it. `late` is by how many ms each timer is late. @returns {number[]} when each item's turn came */
function run(count, window, late = () => 0) {
  let time = 1000;
  const timers = [];
  const clock = {
    now: () => time,
    after: (callback, ms) => timers.push({ callback, at: time + ms + late() }),
  };
  const turns = [];
  const items = Array.from({ length: count }, (_, index) => index);
  spread(items, window, (item) => turns.push({ item, at: time - 1000 }), clock);
  while (timers.length > 0) {
    const { callback, at } = timers.shift();
    time = at;
    callback();
  }
  assert.deepStrictEqual(
    turns.map(({ item }) => item),
    items,
  );
  return turns.map(({ at }) => at);
}

test('turns are even, the first is now, and all are within the time', () => {
  assert.deepStrictEqual(run(4, 100), [0, 25, 50, 75]);
  assert.deepStrictEqual(run(1, 100), [0]);
  assert.deepStrictEqual(run(0, 100), []);
  assert.deepStrictEqual(run(3, 0), [0, 0, 0]);
});

test('a timer that is late makes up for it, and none is later than one timer behind the end', () => {
  for (let count = 1; count < 200; count += 7) {
    for (const delay of [0, 1, 13, 250]) {
      const turns = run(count, 1000, () => delay);
      assert.ok(turns.at(-1) <= 1000 + 1000 / count + delay, `${count} ${delay}: ${turns}`);
      if (delay === 0) {
        const most = Math.max(...turns.map((at, index) => at - (turns[index - 1] ?? 0)));
        // Fractions of a ms may cost a turn.
        assert.ok(most < 2.01 * (1000 / count), `${count}: ${most}`);
      }
    }
  }
});

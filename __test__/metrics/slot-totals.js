'use strict';

// A seeded random walk: workers start in slots, count, lie, and end. No total of a slot ever falls, and nothing is lost.

const assert = require('node:assert');
const test = require('node:test');
const Random = require('../fixtures/random');
const { skipBuiltin } = require('../harness');
const SlotTotals = require('../../lib/metrics/slot_totals');

const SEEDS = 300;
const STEPS = 400;
const NAMES = ['claimed', 'cpu'];

/** What a worker may report that is no growth. */
const LIES = [-1, NaN, Infinity, undefined, null, '7', {}];

function walk(seed) {
  const random = new Random(seed);
  const totals = new SlotTotals(NAMES);
  /** The most that each worker has reported: what the totals must come to. */
  const workers = [];
  let before = totals.read();
  for (let step = 0; step < STEPS; step++) {
    const living = workers.filter(({ isOver }) => !isOver);
    const chance = random.below(24);
    const worker = living.length > 0 ? random.pick(living) : undefined;
    if (worker === undefined || chance < 3) {
      const slot = random.below(5);
      workers.push({ id: workers.length + 1, slot, claimed: 0, cpu: 0, isOver: false });
      totals.add(slot, workers.length);
    } else if (chance < 6) {
      worker.isOver = true;
      totals.end(worker.id);
      // What comes after the end changes nothing.
      totals.see(worker.id, { claimed: 1e9 });
      totals.end(worker.id);
    } else if (chance < 10) {
      totals.see(worker.id, { claimed: random.pick(LIES), cpu: worker.cpu - random.below(3), other: 1 });
    } else {
      worker.claimed += random.below(10);
      worker.cpu += random.below(10) / 4;
      totals.see(worker.id, { claimed: worker.claimed, cpu: worker.cpu });
    }
    const after = totals.read();
    for (const [slot, counts] of before) {
      for (const name of NAMES) {
        assert.ok(
          after.get(slot)[name] >= counts[name],
          `seed ${seed}, step ${step}: ${name} of slot ${slot}`,
        );
      }
    }
    for (const [slot, counts] of after) {
      for (const name of NAMES) {
        const all = workers.filter((each) => each.slot === slot).reduce((sum, each) => sum + each[name], 0);
        assert.strictEqual(counts[name], all, `seed ${seed}, step ${step}: ${name} of slot ${slot}`);
      }
    }
    assert.deepStrictEqual([...after.keys()], [...after.keys()].sort());
    before = after;
  }
}

test('no total ever falls, and none is forgotten', { skip: skipBuiltin() }, () => {
  for (let seed = 1; seed <= SEEDS; seed++) walk(seed);
});

'use strict';

// Random messages, there and back: what arrives is the structured clone, and what cannot be cloned is
// the same error. SEED=… repeats a run.

const assert = require('node:assert');
const v8 = require('node:v8');
const Random = require('../fixtures/random');
const Value = require('../fixtures/values');
const { scenario, exited } = require('../harness');

const { SEED = `${Date.now() % 2 ** 31}` } = process.env;
const ROUNDS = 4000;

/** How many are sent at once. */
const AT_ONCE = 50;

/** What a function returns, or which error it throws. */
function outcome(act) {
  try {
    return { value: act() };
  } catch ({ name, message }) {
    return { error: `${name}: ${message}` };
  }
}

const clone = (value) => v8.deserialize(v8.serialize(value));

/** What `deepStrictEqual` does not look at: the order of keys, and which objects are one. */
function shape(value, numbers = new Map(), seen = []) {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return seen;
  const number = numbers.get(value);
  seen.push(number ?? Object.keys(value));
  if (number !== undefined) return seen;
  numbers.set(value, numbers.size);
  const inside = value instanceof Map || value instanceof Set ? [...value] : [];
  for (const each of [...inside, ...Object.values(value)]) shape(each, numbers, seen);
  return seen;
}

scenario(`random messages arrive as structured clones (SEED=${SEED})`, {
  env: { SEED },
  async primary(cluster) {
    cluster.setupPrimary({ serialization: 'advanced' });
    const worker = cluster.fork();
    const figures = { sent: 0, refused: 0 };
    const expected = [];
    let heard;
    worker.on('message', (message) => {
      const { round, value } = expected.shift();
      assert.deepStrictEqual(message, value, `round ${round}`);
      assert.deepStrictEqual(shape(message), shape(value), `round ${round}`);
      if (expected.length === 0) heard();
    });
    for (let round = 0; round < ROUNDS; round++) {
      const make = () => new Value(new Random(Number(SEED) + round));
      const [ours, reference] = [make(), make()];
      const cloned = outcome(() => clone(reference.message));
      const sent = outcome(() => worker.send(ours.message));
      assert.deepStrictEqual(sent.error, cloned.error, `round ${round}`);
      assert.deepStrictEqual(ours.asked, reference.asked, `round ${round}: getters`);
      figures[sent.error ? 'refused' : 'sent']++;
      // The worker sends a clone of the clone.
      if (!sent.error) expected.push({ round, value: clone(cloned.value) });
      if (expected.length === AT_ONCE) await new Promise((resolve) => (heard = resolve));
    }
    if (expected.length > 0) await new Promise((resolve) => (heard = resolve));
    assert.ok(figures.sent > ROUNDS / 2 && figures.refused > ROUNDS / 50, JSON.stringify(figures));
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker: () => process.on('message', (message) => process.send(message)),
});

'use strict';

// Bodies of messages that no correct process sends: `decode` gives a message that may be sent, or throws.
// SEED=… repeats a run.

const assert = require('node:assert');
const test = require('node:test');
const v8 = require('node:v8');
const Random = require('../fixtures/random');
const Batch = require('../../lib/batch');
const { decode, encode } = require('../../lib/message');

const { SEED = `${Date.now() % 2 ** 31}` } = process.env;
const ROUNDS = 30_000;

/** What `process.send()` takes. */
const SENDABLE = ['string', 'object', 'number', 'boolean'];

/** One more each time: of some objects a clone differs, and these go through V8. */
const MAKERS = [
  (random) => random.below(1e9),
  (random) => 'x'.repeat(random.below(2000)),
  () => null,
  (random) => random.bytes(50),
  (random) => ({ id: random.below(9), data: random.bytes(50), more: random.bytes(50) }),
  (random) => ({ when: new Date(random.below(1e9)), map: new Map([[1, { nested: [random.below(9)] }]]) }),
  (random) => [random.below(9), [random.bytes(9)], new Set([1n])],
  (random) => [random.bytes(50), { id: random.below(9) }, 'length', random.bytes(50)],
  (random) => ({ list: [1, { nested: [null] }], data: random.bytes(50), none: null }),
  () => JSON.parse('{"__proto__":[3],"constructor":{"x":1}}'),
  (random) => Object.defineProperty({ x: [1] }, '__proto__', { value: random.bytes(50), enumerable: true }),
];

const message = (random) => random.pick(MAKERS)(random);

/** Messages, and the bodies in which they leave: alone, or several of one kind in a batch. */
function bodies(random) {
  const messages = Array.from({ length: 1 + random.below(5) }, () => message(random));
  const encoded = messages.map((each) => encode(each, 'advanced'));
  const kind = typeof encoded[0];
  const several = messages.length > 1 && encoded.every((body) => typeof body === kind);
  if (!several) return { messages: messages.slice(0, 1), body: encoded[0], several };
  const batch = new Batch(1 << 20);
  for (const body of encoded) batch.add(body);
  return { messages, body: batch.take(), several };
}

const mutated = (random, body) =>
  typeof body === 'string' ? random.mutated(Buffer.from(body)).toString() : random.mutated(body);

/** @returns {unknown[] | undefined} nothing if it throws an Error, as it may */
function attempt(body, several) {
  try {
    const decoded = decode(body, several, 'advanced');
    return several ? decoded : [decoded];
  } catch (error) {
    assert.ok(error instanceof Error);
    return undefined;
  }
}

test(`a body is decoded unchanged, and a mutated one does no harm (SEED=${SEED})`, () => {
  const random = new Random(Number(SEED));
  const figures = { decoded: 0, refused: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const { messages, body, several } = bodies(random);
    assert.deepStrictEqual(attempt(body, several), messages, `round ${round}`);
    const decoded = attempt(mutated(random, body), random.once(9) ? !several : several);
    figures[decoded ? 'decoded' : 'refused']++;
    for (const each of decoded ?? [])
      assert.ok(SENDABLE.includes(typeof each), `round ${round}: ${typeof each}`);
  }
  assert.strictEqual({}.x, undefined);
  assert.ok(figures.decoded > ROUNDS / 20 && figures.refused > ROUNDS / 20, JSON.stringify(figures));
});

test('what V8 can carry and a message may not be is refused', () => {
  for (const value of [undefined, 1n]) {
    const body = v8.serialize(value);
    assert.throws(() => decode(body, false, 'advanced'), /a message cannot be of type/);
    const batch = new Batch(1000);
    batch.add(body);
    assert.throws(() => decode(batch.take(), true, 'advanced'), /a message cannot be of type/);
  }
});

test('bytes are refused if messages are JSON', () => {
  assert.throws(() => decode(v8.serialize(1), false, 'json'), /expected JSON, got bytes/);
  assert.strictEqual(decode('1', false, 'json'), 1);
});

test('a Buffer takes no place that is inherited', (t) => {
  t.after(() => delete Object.prototype.inherited);
  Object.prototype.inherited = null;
  const json = '[{"a":null},"inherited",5]';
  const body = Buffer.from(`\0${String.fromCharCode(json.length)}\0\0\0${json}bytes`, 'latin1');
  assert.throws(() => decode(body, false, 'advanced'), /a Buffer has no place in the message/);
});

'use strict';

// A seeded random walk: workers that start, crash, hang and never come up at random times, while somebody
// reloads, scales and stops. `fixtures/supervised.js` checks every step. A failure prints its seed.

const assert = require('node:assert');
const test = require('node:test');
const Random = require('../fixtures/random');
const Supervised = require('../fixtures/supervised');

const SEEDS = 200;
const STEPS = 600;

class Walk {
  #random;
  #world;
  /** What the world does by itself: { at, act }. */
  #events = [];
  /** One worker in so many fails, one way or another. */
  #faults;
  #isQuiet = false;
  step = 0;

  constructor(seed) {
    const random = (this.#random = new Random(seed));
    this.#faults = random.pick([2, 4, 20, 1000]);
    const options = {
      workers: 1 + random.below(5),
      surge: 1 + random.below(random.pick([1, 5])),
      bootAttempts: 1 + random.below(5),
      minUptime: random.pick([0, 500, 5000]),
    };
    this.#world = new Supervised(options, () => random.below(1000) / 1000);
  }

  get world() {
    return this.#world;
  }

  run() {
    this.#apply({ type: 'time' });
    for (; this.step < STEPS && !this.#world.stopped; this.step++) {
      if (this.#random.once(8)) this.#interfere();
      else if (!this.#advance()) this.#interfere();
    }
    if (!this.#world.stopped && this.#random.once(2)) this.#calmDown();
    this.#stop();
  }

  #apply(input) {
    for (const { type, slot, worker } of this.#world.apply(input)) this.#carryOut(type, slot, worker);
  }

  #carryOut(type, slot, worker) {
    // Most forks are made at once; something may come between.
    if (type === 'START') this.#later(this.#random.once(10) ? 20 : 0, () => this.#fork(slot));
    if (type === 'DRAIN') this.#later(this.#random.below(3000), () => this.#exit(worker, 0, null, true));
    if (type === 'KILL')
      this.#later(this.#random.below(50), () => this.#exit(worker, null, 'SIGKILL', false));
  }

  #later(ms, act) {
    this.#events.push({ at: this.#world.now + ms, act });
  }

  #fork(slot) {
    const isFaulty = !this.#isQuiet && this.#random.once(this.#faults);
    if (isFaulty && this.#random.once(5)) {
      for (const output of this.#world.failFork(slot))
        this.#carryOut(output.type, output.slot, output.worker);
      return;
    }
    const { id } = this.#world.fork(slot);
    const orders = this.#world.trail.at(-1).outputs;
    for (const output of orders) this.#carryOut(output.type, output.slot, output.worker);
    const { readyTimeout } = this.#world.options;
    const boot = this.#random.below(readyTimeout - 1);
    if (!isFaulty) {
      this.#later(boot, () => this.#apply({ type: 'ready', worker: id }));
      return;
    }
    const life = this.#random.below(2000);
    this.#random.pick([
      () => this.#later(boot, () => this.#exit(id, 1, null, false)),
      () => this.#later(2 * readyTimeout, () => this.#apply({ type: 'ready', worker: id })),
      () => {
        this.#later(boot, () => this.#apply({ type: 'ready', worker: id }));
        this.#later(boot + life, () => this.#exit(id, 0, null, this.#random.once(2)));
      },
      () => {
        this.#later(boot, () => this.#apply({ type: 'ready', worker: id }));
        this.#later(boot + life, () => this.#apply({ type: 'hung', worker: id }));
      },
    ])();
  }

  #exit(worker, code, signal, asked) {
    if (this.#world.find(worker)) this.#apply({ type: 'exited', worker, code, signal, asked });
  }

  /** @returns {boolean} whether anything was to come */
  #advance() {
    this.#events.sort((one, other) => one.at - other.at);
    const [event] = this.#events;
    const wake = this.#world.rules.nextWake();
    if (event === undefined && wake === Infinity) return false;
    if (event === undefined || wake < event.at) {
      // Timers may be late, and other things come first then.
      this.#world.now = wake + (this.#random.once(10) ? this.#random.below(100) : 0);
      this.#apply({ type: 'time' });
      return true;
    }
    this.#events.shift();
    this.#world.now = Math.max(this.#world.now, event.at);
    event.act();
    return true;
  }

  /** Somebody wants something; some of it is about a worker that is gone, or never was. */
  #interfere() {
    const random = this.#random;
    const worker = this.#world.processes.length > 0 ? random.pick(this.#world.processes).id : undefined;
    const input = random.pick([
      { type: 'reload', rollback: random.once(2) },
      { type: 'reload' },
      { type: 'scale', workers: 1 + random.below(6) },
      { type: 'scale', workers: 1 + random.below(6), surge: 1 + random.below(4) },
      { type: 'abort', next: random.once(2) },
      { type: 'replace', worker: worker ?? 1, reason: random.pick(['memory', 'lifetime']) },
      { type: 'replace', worker: worker ?? 1, reason: 'requests' },
      { type: 'hung', worker: random.once(4) ? (worker ?? 1) : 1 },
      { type: 'time' },
      random.once(40) ? { type: 'stop', now: random.once(2) } : { type: 'ready', worker: 1 },
    ]);
    this.#apply(input);
  }

  /** Without further faults all comes to be as it shall. */
  #calmDown() {
    this.#isQuiet = true;
    for (let steps = 0; this.#advance(); steps++) assert.ok(steps < 2000, 'it never comes to rest');
    const world = this.#world;
    if (world.stopped) return;
    const { state, generation, workers } = world.rules.status();
    const rows = workers.map((row) => `${row.slot} ${row.state}`);
    assert.deepStrictEqual(
      rows,
      Array.from({ length: world.workers }, (_, slot) => `${slot} ready`),
    );
    if (world.lastReload === 'failed') {
      assert.strictEqual(
        state,
        new Set(workers.map((row) => row.generation)).size > 1 ? 'degraded' : 'ready',
      );
      return;
    }
    assert.ok(world.lastReload !== 'running', 'a reload that never ends');
    const isMixed = workers.some((row) => row.generation !== generation);
    // What a reload that failed has left is there after one that was rolled back, too.
    if (world.lastReload !== 'rolled back') assert.ok(!isMixed, 'an old generation');
    assert.strictEqual(state, isMixed ? 'degraded' : 'ready');
  }

  #stop() {
    const { said } = this.#world;
    if (!this.#world.stopped) this.#apply({ type: 'stop', now: this.#random.once(3) });
    if (this.#random.once(3)) this.#apply({ type: 'stop', now: true });
    for (let steps = 0; this.#advance(); steps++) {
      assert.ok(steps < 5000, 'it never stops');
      if (this.#random.once(8)) this.#interfere();
    }
    assert.ok(this.#world.stopped, 'it has not stopped');
    assert.strictEqual(said.stopped, 1);
    assert.strictEqual((said.reloaded ?? 0) + (said.reloadFailed ?? 0), said.reloading ?? 0);
  }
}

test(`${SEEDS} random walks break no rule, come to rest and stop`, () => {
  const said = {};
  for (let seed = 1; seed <= SEEDS; seed++) {
    const walk = new Walk(seed);
    try {
      walk.run();
    } catch (error) {
      error.message = `seed ${seed}, step ${walk.step}: ${error.message}\n${walk.world.tell()}`;
      throw error;
    }
    for (const [type, count] of Object.entries(walk.world.said)) said[type] = (said[type] ?? 0) + count;
  }
  // A walk that does not come by a rule proves nothing of it.
  for (const type of ['START', 'DRAIN', 'KILL', 'reloaded', 'reloadFailed', 'scaled', 'crashLoop', 'ready']) {
    assert.ok(said[type] >= 10, `${type} was said ${said[type]} times: ${JSON.stringify(said)}`);
  }
});

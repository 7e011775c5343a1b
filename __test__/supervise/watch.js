'use strict';

// Which workers hang, and which are over a limit, on a virtual clock.

const { deepStrictEqual: same, ok } = require('node:assert');
const test = require('node:test');
const Random = require('../fixtures/random');
const Watch = require('../../lib/supervise/watch');

const NO_LIMITS = { hangTimeout: 0, maxMemory: 0, maxLifetime: 0, maxRequests: 0 };

/** No limit is lower than it says. */
const NO_JITTER = () => 0;

class Watched {
  now = 0;
  /** What a look sees of each worker. */
  blocked = {};
  rss = {};
  looks = 0;

  constructor(options, random = NO_JITTER) {
    this.watch = new Watch({ ...NO_LIMITS, ...options }, random);
  }

  add(worker) {
    return this.watch.add(worker, this.now);
  }

  check() {
    const inputs = this.watch.check(this.now, () => {
      this.looks++;
      return (worker) => ({ blocked: this.blocked[worker] ?? 0, rss: this.rss[worker] ?? 0 });
    });
    return inputs.map(({ type, worker, reason }) => [type, worker, reason].filter((part) => part).join(' '));
  }

  /** Until the watch wants it. */
  sleep(late = 0) {
    this.now = this.watch.nextWake() + late;
    return this.check();
  }
}

test('without limits, or without workers, nobody looks', () => {
  const unlimited = new Watched({});
  unlimited.add(1);
  same(unlimited.watch.nextWake(), Infinity);
  const limited = new Watched({ hangTimeout: 1000 });
  same(limited.watch.nextWake(), Infinity);
  limited.add(1);
  same(limited.watch.nextWake(), 250);
  limited.watch.remove(1);
  same(limited.watch.nextWake(), Infinity);
});

test('a worker hangs whose event loop did not turn for the whole time', () => {
  const watched = new Watched({ hangTimeout: 1000 });
  watched.add(1);
  watched.add(2);
  watched.blocked = { 1: 999, 2: 0 };
  same(watched.sleep(), []);
  watched.blocked = { 1: 0, 2: 999 };
  same(watched.sleep(), []);
  watched.blocked = { 1: 0, 2: 1000 };
  watched.now = 1000;
  same(watched.check(), ['hung 2']);
});

test('nobody is blamed for the time in which this process did not run', () => {
  const watched = new Watched({ hangTimeout: 1000 });
  watched.add(1);
  same(watched.sleep(), []);
  // The machine was paused for a minute.
  watched.blocked = { 1: 60_000 };
  same(watched.sleep(60_000), []);
  const resumed = watched.now;
  same([watched.sleep(), watched.sleep(), watched.sleep()], [[], [], []]);
  same(watched.sleep(), ['hung 1']);
  same(watched.now - resumed, 1000);
});

test('a worker is too large if two looks say so', () => {
  const watched = new Watched({ maxMemory: 100 });
  watched.add(1);
  watched.rss = { 1: 101 };
  same(watched.sleep(), []);
  watched.rss = { 1: 100 };
  same(watched.sleep(), []);
  watched.rss = { 1: 101 };
  same(watched.sleep(), []);
  same(watched.sleep(), ['replace 1 memory']);
  same(watched.sleep(), [], 'once is enough');
});

test('frequent looks for hangs do not make memory a matter of milliseconds', () => {
  const watched = new Watched({ hangTimeout: 400, maxMemory: 100 });
  watched.add(1);
  watched.rss = { 1: 101 };
  same(watched.sleep(), []);
  const first = watched.now;
  let said = [];
  while (said.length === 0) said = watched.sleep();
  same(said, ['replace 1 memory']);
  ok(watched.now - first >= 2000, `${watched.now - first}`);
});

test('a worker is old in time, without a look', () => {
  const watched = new Watched({ maxLifetime: 5000 });
  watched.now = 300;
  watched.add(1);
  same(watched.sleep(), ['replace 1 lifetime']);
  same([watched.now, watched.looks], [5300, 0]);
  same(watched.watch.nextWake(), Infinity);
});

test('limits of time and requests are lower by up to a fifth', () => {
  const watched = new Watched({ maxLifetime: 5000, maxRequests: 1000 }, () => 0.5);
  same(watched.add(1), 900);
  same(watched.watch.nextWake(), 4500);
  same(new Watched({ maxRequests: 1 }, () => 0.99).add(1), 1);
  same(new Watched({}).add(1), 0);
});

test('requests count for a worker that has such a limit, once', () => {
  const watched = new Watched({ maxRequests: 10 });
  watched.add(1);
  same(watched.watch.served(2), []);
  same(watched.watch.served(1), [{ type: 'replace', worker: 1, reason: 'requests' }]);
  same(watched.watch.served(1), []);
  const unlimited = new Watched({});
  unlimited.add(1);
  same(unlimited.watch.served(1), []);
});

/** Workers that are blocked and grow at random times. What the watch says of them must be true, and must come in time. */
class Walk {
  #random;
  #limits;
  #watched;
  /** By id: since when it is ready, blocked and too large; and whether the watch has told to replace it. */
  #workers = new Map();

  constructor(seed) {
    const random = (this.#random = new Random(seed));
    this.#limits = { hangTimeout: random.pick([0, 400, 5000]), maxMemory: random.pick([0, 100]) };
    const limits = { ...this.#limits, maxLifetime: random.pick([0, 20_000]) };
    this.#watched = new Watched(limits, () => random.below(1000) / 1000);
  }

  step() {
    this.#change();
    const watched = this.#watched;
    const wake = Math.max(watched.watch.nextWake(), watched.now);
    watched.now = Math.min(watched.now + this.#random.below(500), wake);
    for (const [id, { blocked = watched.now, large }] of this.#workers) {
      watched.blocked[id] = watched.now - blocked;
      watched.rss[id] = large === undefined ? 100 : 101;
    }
    for (const said of watched.check()) this.#checkTruth(said);
    this.#checkTime();
  }

  #change() {
    const { now, watch } = this.#watched;
    const id = 1 + this.#random.below(6);
    const worker = this.#workers.get(id);
    if (worker === undefined) {
      watch.add(id, now);
      this.#workers.set(id, { ready: now });
      return;
    }
    const toggle = (what) => () => (worker[what] = worker[what] === undefined ? now : undefined);
    const changes = [toggle('blocked'), toggle('large'), () => this.#remove(id)];
    this.#random.pick([...changes, ...Array.from({ length: 17 }, () => () => {})])();
  }

  #remove(id) {
    this.#watched.watch.remove(id);
    this.#workers.delete(id);
  }

  #checkTruth(said) {
    const [type, id, reason] = said.split(' ');
    const worker = this.#workers.get(Number(id));
    const { now } = this.#watched;
    const { hangTimeout, maxMemory } = this.#limits;
    if (type === 'hung') {
      ok(hangTimeout > 0 && now - worker.blocked >= hangTimeout, said);
      this.#remove(Number(id));
      return;
    }
    ok(!worker.isTold, `${said}, again`);
    worker.isTold = true;
    if (reason === 'memory') ok(maxMemory > 0 && worker.large < now, said);
    else ok(now - worker.ready >= 16_000, said);
  }

  #checkTime() {
    const { now } = this.#watched;
    const { hangTimeout, maxMemory } = this.#limits;
    for (const [id, { ready, blocked, large, isTold }] of this.#workers) {
      if (hangTimeout > 0 && blocked !== undefined) ok(now - blocked < 1.5 * hangTimeout, `${id} hangs`);
      const isLarge = maxMemory > 0 && large !== undefined && !isTold;
      if (isLarge) ok(now - Math.max(large, ready) < 8000, `${id} is too large`);
    }
  }
}

test('random walks: every hang and every excess is found in time, and nothing else', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const walk = new Walk(seed);
    for (let step = 0; step < 300; step++) {
      try {
        walk.step();
      } catch (error) {
        error.message = `seed ${seed}, step ${step}: ${error.message}`;
        throw error;
      }
    }
  }
});

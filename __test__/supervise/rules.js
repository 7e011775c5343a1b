'use strict';

// Each rule of supervise() by itself, on a virtual clock. `walk.js` tries what nobody thought of.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const Backoff = require('../../lib/supervise/backoff');
const Supervised = require('../fixtures/supervised');

/** Says what the rules are told and answer, in words: 'START 0 crash' has the slot, 'DRAIN 3 reload' the worker. */
class Story {
  #world;

  constructor(options, random) {
    this.#world = new Supervised(options, random);
  }

  /** Two slots, or as many as `options` says, are ready. Workers have the ids 1, 2, … in the order of START. */
  static ready(options, random) {
    const story = new Story(options, random);
    const orders = story.tell('time');
    for (let worker = 1; worker <= orders.length; worker++) story.tell('ready', { worker });
    return story;
  }

  /** @param {number} ms to be passed */
  wait(ms) {
    this.#world.now += ms;
    return this;
  }

  /** Passes time until the rules want it. @returns {string[]} `12: order` with the time that has passed */
  sleep() {
    const ms = this.#world.rules.nextWake() - this.#world.now;
    assert.notStrictEqual(ms, Infinity);
    const said = this.wait(ms).tell('time');
    return said.map((each) => `${ms}: ${each}`);
  }

  tell(type, input) {
    const outputs = this.#world.apply({ type, ...input });
    for (const output of outputs) if (output.type === 'START') this.#world.fork(output.slot);
    return outputs.map((output) => {
      const { type: what, slot, worker, reason, generation, workers, replaced } = output;
      if (what === 'START') return `START ${slot} ${reason}`;
      if (worker !== undefined && /^[A-Z]/.test(what)) return `${what} ${worker} ${reason}`;
      return [what, generation ?? workers, replaced ?? reason].filter((part) => part !== undefined).join(' ');
    });
  }

  ready(worker) {
    return this.tell('ready', { worker });
  }

  exit(worker, code = 1, signal = null, asked = false) {
    return this.tell('exited', { worker, code, signal, asked });
  }

  /** The last output of this type, whole. */
  last(type) {
    const outputs = this.#world.trail.flatMap((each) => each.outputs);
    return outputs.filter((output) => output.type === type).at(-1);
  }

  get state() {
    return this.#world.rules.status().state;
  }

  /** `slot worker state generation` of each row. */
  get rows() {
    return this.#world.rules
      .status()
      .workers.map(({ slot, worker, state, generation }) => `${slot} ${worker} ${state} ${generation}`);
  }

  get world() {
    return this.#world;
  }
}

const same = assert.deepStrictEqual;

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

test('a reload goes slot by slot, and drains an old worker only when the new one is ready', () => {
  const story = Story.ready();
  same(story.tell('reload'), ['reloading 2', 'START 0 reload']);
  same(story.state, 'reloading');
  same(story.ready(3), ['DRAIN 1 reload']);
  same(story.rows, ['0 3 ready 2', '1 2 ready 1', '0 1 draining 1']);
  same(story.exit(1, 0), ['START 1 reload']);
  same(story.ready(4), ['DRAIN 2 reload']);
  same(story.exit(2, 0), ['reloaded 2 2']);
  same(story.state, 'ready');
});

test('however large surge is, the others wait for the canary', () => {
  const story = Story.ready({ workers: 4, surge: 3 });
  same(story.tell('reload'), ['reloading 2', 'START 0 reload']);
  same(story.ready(5), ['DRAIN 1 reload', 'START 1 reload', 'START 2 reload']);
  same(story.exit(1, 0), ['START 3 reload']);
  same(story.ready(6), ['DRAIN 2 reload']);
});

test('a canary that exits ends the reload, and the old workers go on', () => {
  const story = Story.ready();
  story.tell('reload');
  same(story.exit(3, 7), ['reloadFailed 2 crash']);
  same(story.last('reloadFailed'), {
    type: 'reloadFailed',
    generation: 2,
    slot: 0,
    worker: 3,
    code: 7,
    signal: null,
    reason: 'crash',
  });
  same(story.rows, ['0 1 ready 1', '1 2 ready 1']);
  same(story.state, 'ready');
});

test('a canary that is ready and crashes soon ends the reload, before others are replaced', () => {
  const story = Story.ready();
  story.tell('reload', { rollback: true });
  story.ready(3);
  same(story.exit(1, 0), ['START 1 reload']);
  same(story.wait(499).exit(3), ['reloadFailed 2 crash', 'DRAIN 4 reload failed', 'START 0 crash']);
  same(story.rows, ['0 5 starting 1', '1 2 ready 1', '1 4 draining 2']);
});

test('a canary that is ready and hangs soon ends the reload', () => {
  const story = Story.ready();
  story.tell('reload');
  story.ready(3);
  same(story.tell('hung', { worker: 3 }), ['reloadFailed 2 hang', 'KILL 3 hang']);
});

test('a canary that exits because the program told it to ends the reload as well', () => {
  const story = Story.ready();
  story.tell('reload');
  same(story.exit(3, 0, null, true), ['reloadFailed 2 exit']);
});

test('a canary that is not ready in time is killed, and ends the reload', () => {
  const story = Story.ready();
  story.tell('reload');
  same(story.sleep(), ['1000: reloadFailed 2 timeout', '1000: KILL 3 timeout']);
  same(story.ready(3), []);
  same(story.exit(3, null, 'SIGKILL'), []);
  same(story.rows, ['0 1 ready 1', '1 2 ready 1']);
});

test('a reload that fails halfway leaves two generations: degraded, until the next one succeeds', () => {
  const story = Story.ready();
  story.tell('reload');
  story.ready(3);
  story.exit(1, 0);
  same(story.exit(4), ['reloadFailed 2 crash']);
  same(story.state, 'degraded');
  same(story.rows, ['0 3 ready 2', '1 2 ready 1']);
  same(story.tell('reload'), ['reloading 3', 'START 0 reload']);
  story.ready(5);
  same(story.exit(3, 0), ['START 1 reload']);
  story.ready(6);
  same(story.exit(2, 0), ['reloaded 3 2']);
  same(story.state, 'ready');
});

test('a reload that fails takes its other replacements back', () => {
  const story = Story.ready({ workers: 4, surge: 3 });
  story.tell('reload');
  story.ready(5);
  same(story.exit(6), ['reloadFailed 2 crash', 'DRAIN 7 reload failed']);
  same(story.exit(7, 0), []);
});

test('if a reload with rollback fails, slots that were replaced get the former generation back', () => {
  const story = Story.ready();
  story.tell('reload', { rollback: true });
  story.ready(3);
  story.exit(1, 0);
  same(story.exit(4), ['reloadFailed 2 crash', 'START 0 rollback']);
  same(story.rows, ['0 3 ready 2', '0 5 starting 1', '1 2 ready 1']);
  same(story.ready(5), ['DRAIN 3 rollback']);
  same(story.exit(3, 0), []);
  same(story.state, 'ready');
  same(story.tell('reload'), ['reloading 3', 'START 1 reload']);
});

test('reloads that are wanted during a reload are one reload', () => {
  const story = Story.ready({ workers: 1 });
  story.tell('reload');
  same(story.tell('reload'), []);
  same(story.tell('reload'), []);
  story.ready(2);
  same(story.exit(1, 0), ['reloaded 2 1', 'reloading 3', 'START 0 reload']);
  story.ready(3);
  same(story.exit(2, 0), ['reloaded 3 1']);
});

test('a reload that waits runs also if the one before it fails', () => {
  const story = Story.ready({ workers: 1 });
  story.tell('reload');
  story.tell('reload');
  same(story.exit(2), ['reloadFailed 2 crash', 'reloading 3', 'START 0 reload']);
});

test('a reload starts at once what waits after failures', () => {
  const story = Story.ready({ workers: 1 });
  story.exit(1);
  story.exit(2);
  same(story.state, 'degraded');
  same(story.rows, ['0 undefined backoff undefined']);
  same(story.tell('reload'), ['reloading 2', 'START 0 crash']);
  same(story.ready(3), ['reloaded 2 0']);
});

test('a crash restarts at once, the next ones wait twice as long each', () => {
  const story = Story.ready({ workers: 1 });
  const waits = [];
  same(story.exit(1), ['START 0 crash']);
  for (let worker = 2; worker < 10; worker++) {
    same(story.exit(worker, 0), []);
    waits.push(...story.sleep());
  }
  const expected = [100, 200, 400, 800, 1600, 1600, 1600, 1600].map((ms) => `${ms}: START 0 crash`);
  same(waits, expected);
  same(story.world.said.crashLoop, undefined);
  same(story.state, 'degraded');
});

test('a wait is up to 20 % longer or shorter', () => {
  for (const [random, expected] of [
    [0, 80],
    [0.5, 100],
    [0.9999, 120],
  ]) {
    const story = Story.ready({ workers: 1 }, () => random);
    story.exit(1);
    story.exit(2);
    same(story.sleep(), [`${expected}: START 0 crash`]);
  }
});

test('a wait stays finite after any number of failures', () => {
  const backoff = new Backoff({ backoff: 100, maxBackoff: 1000 }, () => 0.5);
  for (let failures = 0; failures < 3000; failures++) backoff.fail(5);
  same(backoff.until, 1005);
});

test('who was ready for minUptime makes the failures before it forgotten, and not a moment earlier', () => {
  for (const [uptime, expected] of [
    [500, ['START 0 crash']],
    [499, []],
  ]) {
    const story = Story.ready({ workers: 1 });
    story.exit(1);
    story.wait(600).ready(2);
    same(story.wait(uptime).exit(2), expected);
  }
});

test('an exit that the program wanted is restarted, too', () => {
  const story = Story.ready({ workers: 1 });
  same(story.exit(1, 0, null, true), ['START 0 exit']);
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

test('if the canary became the worker of its slot, it is still the canary', () => {
  const story = Story.ready({ workers: 3, surge: 3 });
  story.tell('reload');
  same(story.exit(1), []);
  same(story.exit(4), ['reloadFailed 2 crash']);
  const other = Story.ready({ workers: 3, surge: 3 });
  other.tell('reload');
  other.exit(1);
  same(other.ready(4), ['START 1 reload', 'START 2 reload']);
});

test('a worker of the former generation that fails does not end a reload, and none that was ready for long', () => {
  const story = new Story({ workers: 2 });
  story.tell('time');
  story.ready(1);
  same(story.tell('reload'), ['reloading 2', 'START 0 reload']);
  same(story.exit(2), ['START 1 crash']);
  same(story.ready(3), ['DRAIN 1 reload']);
  same(story.exit(1, 0), []);
  same(story.wait(500).exit(3), ['START 0 crash']);
  story.ready(4);
  same(story.ready(5), ['reloaded 2 1', 'ready']);
});

test('a slot whose worker starts gets no replacement, whatever is wanted', () => {
  const story = new Story({ workers: 1 });
  story.tell('time');
  same(story.tell('replace', { worker: 1, reason: 'memory' }), []);
  same(story.tell('reload'), ['reloading 2']);
  same(story.ready(1), ['START 0 memory', 'ready']);
});

test('the rules use nothing but themselves: no clock, no timer, no chance', () => {
  const folder = path.join(__dirname, '../../lib/supervise');
  const files = ['rules.js'];
  for (const file of files) {
    const text = fs.readFileSync(path.join(folder, file), 'utf8');
    assert.doesNotMatch(
      text,
      /\bDate\b|performance|setTimeout|setImmediate|nextTick|Math\.random|process\./,
      file,
    );
    for (const [, name] of text.matchAll(/require\('([^']*)'\)/g)) {
      assert.match(name, /^\.\/\w+$/);
      if (!files.includes(`${name.slice(2)}.js`)) files.push(`${name.slice(2)}.js`);
    }
  }
  assert.ok(files.length > 3);
});

test('a hung worker is killed at once, beside its replacement', () => {
  const story = Story.ready();
  same(story.tell('hung', { worker: 2 }), ['KILL 2 hang', 'START 1 hang']);
  same(story.tell('hung', { worker: 2 }), []);
  same(story.exit(2, null, 'SIGKILL'), []);
  same(story.ready(3), []);
  same(story.state, 'ready');
});

test('if many hang, all are killed at once, and as many start as there is room for', () => {
  const story = Story.ready({ workers: 3 });
  same(story.tell('hung', { worker: 1 }), ['KILL 1 hang', 'START 0 hang']);
  same(story.tell('hung', { worker: 2 }), ['KILL 2 hang']);
  same(story.exit(1, null, 'SIGKILL'), ['START 1 hang']);
});

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

test('a crash while a worker drains only ends it', () => {
  const story = Story.ready({ workers: 1 });
  story.tell('replace', { worker: 1, reason: 'memory' });
  story.ready(2);
  same(story.exit(1, null, 'SIGSEGV'), []);
  same(story.rows, ['0 2 ready 1']);
});

test('a slot counts its restarts, and tells since when it is in its state', () => {
  const story = Story.ready({ workers: 1 });
  story.wait(50).exit(1);
  story.wait(20).exit(2);
  const [waiting] = story.world.rules.status().workers;
  same([waiting.restarts, waiting.since, waiting.state], [1, 70, 'backoff']);
  story.sleep();
  const [starting] = story.world.rules.status().workers;
  same([starting.restarts, starting.since, starting.state], [2, 170, 'starting']);
});

test('an input that is none throws', () => {
  assert.throws(() => new Story().tell('toString'), TypeError);
});

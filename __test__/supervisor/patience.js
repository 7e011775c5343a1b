'use strict';

// How long systemd is asked to wait: on a clock of this test, with a supervisor that is only its state.

const assert = require('node:assert');
const EventEmitter = require('node:events');
const { performance } = require('node:perf_hooks');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const notify = require('../../lib/operate/notify');

/** What `notify` needs of one. */
class Supervisor extends EventEmitter {
  state = 'starting';
  status() {
    return { state: this.state, wanted: 1, generation: 1, workers: [] };
  }
  becomes(state, event) {
    this.state = state;
    this.emit(event);
  }
  static quiet = (listener) => listener;
}

const EXTENSION = /^EXTEND_TIMEOUT_USEC=(\d+)$/;

/**
 * @param {(of: { supervisor: Supervisor, pass: (ms: number) => number }) => void} act `pass` lets time pass, and says how often more
 *   time was asked for since the last call
 */
function simulate(act) {
  const original = { setInterval, clearInterval };
  const { now } = performance;
  // Node 18 refuses an assignment.
  const setNow = (value) => Object.defineProperty(performance, 'now', { value, configurable: true });
  let time = 0;
  let timer;
  let asked = [];
  setNow(() => time);
  global.setInterval = (callback, interval) =>
    (timer = { callback, interval, next: time + interval, unref: () => timer });
  global.clearInterval = (which) => (timer = which === timer ? undefined : timer);
  const pass = (ms) => {
    const end = time + ms;
    while (timer !== undefined && timer.next <= end) {
      time = timer.next;
      timer.next += timer.interval;
      timer.callback();
    }
    time = end;
    for (const [at, each] of asked.entries()) {
      const next = asked[at + 1]?.time ?? each.time;
      assert.ok(2 * (next - each.time) < each.extension / 1000, 'the next one may come too late');
    }
    const count = asked.length;
    asked = [];
    return count;
  };
  const systemd = {
    tell(...states) {
      const found = states.map((state) => EXTENSION.exec(state)).find(Boolean);
      if (found) asked.push({ time, extension: Number(found[1]) });
    },
  };
  try {
    const supervisor = new Supervisor();
    notify(supervisor, systemd, { readyTimeout: 60_000 });
    act({ supervisor, pass });
  } finally {
    Object.assign(global, original);
    setNow(now);
  }
}

test('it is asked for more time while workers start, and then no more', { skip: skipBuiltin() }, () => {
  simulate(({ supervisor, pass }) => {
    assert.ok(pass(30_000) >= 3);
    supervisor.becomes('ready', 'ready');
    assert.strictEqual(pass(3_600_000), 0);
  });
});

test('workers that are not ready in time get no more', { skip: skipBuiltin() }, () => {
  simulate(({ pass }) => {
    assert.ok(pass(60_000) >= 5);
    assert.strictEqual(pass(3_600_000), 0);
  });
});

test('it is asked for more time while a reload or a stop goes on', { skip: skipBuiltin() }, () => {
  simulate(({ supervisor, pass }) => {
    supervisor.becomes('ready', 'ready');
    pass(0);
    for (const [begin, end] of [
      [
        ['reloading', 'reloading'],
        ['degraded', 'reloadFailed'],
      ],
      [
        ['reloading', 'reloading'],
        ['ready', 'reload'],
      ],
      [
        ['stopping', 'stopping'],
        ['stopped', 'stop'],
      ],
    ]) {
      supervisor.becomes(...begin);
      assert.ok(pass(600_000) >= 60);
      supervisor.becomes(...end);
      assert.strictEqual(pass(3_600_000), 0);
    }
  });
});

'use strict';

/**
 * The rules of `cluster.supervise()`: facts in; START, DRAIN and KILL out. They do no I/O, and read no
 * clock: time and randomness are arguments. `crew.js` carries out what they say.
 *
 * A reload, a crash, a hang, a limit of memory and a change of scale are the same step here, "replace the
 * worker of a slot because". So one limit holds for all of them: `surge`.
 */

const Members = require('./members');
const Reloads = require('./reloads');
const Scale = require('./scale');
const Slots = require('./slots');

class Rules {
  #options;
  #now = -Infinity;
  /** @type {import('./facts').Output[]} */
  #outputs = [];
  #say = (output) => this.#outputs.push(output);
  #reloads = new Reloads(this.#say);
  #slots;
  #members;
  #scale;
  #wasAnyReady = false;
  #wereAllReady = false;
  /** @type {'no' | 'stopping' | 'stopped'} */
  #end = 'no';

  /**
   * @param {import('./facts').Options} options
   * @param {() => number} random in [0, 1)
   */
  constructor(options, random) {
    this.#options = options;
    this.#slots = new Slots(options, random);
    this.#members = new Members(options.readyTimeout, this.#say);
    this.#scale = new Scale(options.workers, options.surge);
  }

  /**
   * The first call, with any input, starts the workers.
   * @param {number} now ms; never less than before
   * @param {import('./facts').Input} input
   * @returns {import('./facts').Output[]} to be carried out in this order
   */
  apply(now, input) {
    this.#now = now;
    this.#outputs = [];
    if (this.#end !== 'stopped') {
      this.#inputs[input.type](input);
      this.#expire();
      if (this.#end === 'no') this.#supervise();
      else if (this.#members.count === 0) this.#end = 'stopped';
      if (this.#end === 'stopped') this.#say({ type: 'stopped' });
    }
    return this.#outputs;
  }

  /** @returns {number} when `apply(now, { type: 'time' })` has something to do, in ms; Infinity if never */
  nextWake() {
    if (this.#end !== 'no') return Infinity;
    const waiting = [...this.#slots].filter(
      (slot) => slot.backoff.until > this.#now && (!slot.current || this.#reloads.reasonToReplace(slot)),
    );
    return Math.min(
      ...this.#members.starting.map((member) => member.deadline),
      ...waiting.map((slot) => slot.backoff.until),
    );
  }

  /** @returns {import('./facts').Status} */
  status() {
    return {
      state: this.#state(),
      generation: this.#reloads.generation,
      wanted: this.#scale.workers,
      workers: [...this.#slots.rows(this.#now), ...this.#members.rows()],
    };
  }

  /** @returns {'starting' | 'ready' | 'reloading' | 'degraded' | 'stopping' | 'stopped'} */
  #state() {
    if (this.#end !== 'no') return this.#end;
    if (this.#reloads.isRunning) return 'reloading';
    if (this.#wasAnyReady && this.#slots.areDegraded) return 'degraded';
    return this.#wereAllReady ? 'ready' : 'starting';
  }

  /**
   * What each input changes by itself. What follows from that is in `#supervise`.
   * @type {Record<string, (input: any) => void>}
   */
  #inputs = {
    // TypeScript takes this for a property.
    __proto__: /** @type {never} */ (null),
    time: () => {},
    started: ({ slot, worker }) => {
      const member = this.#members.unforked(slot);
      if (member) this.#members.forked(member, worker);
    },

    failed: ({ slot }) => {
      const member = this.#members.unforked(slot);
      if (member) this.#ended(member, { reason: 'fork', code: null, signal: null });
    },

    ready: ({ worker }) => {
      const member = this.#members.find(worker);
      if (!member?.isStarting) return;
      this.#wasAnyReady = true;
      const former = member.slot.ready(member, this.#now);
      this.#reloads.ready(member, former);
      if (former) this.#members.drain(former, member.reason, this.#now);
    },

    exited: ({ worker, code, signal, asked }) => {
      const member = this.#members.find(worker);
      if (member) this.#ended(member, { reason: asked ? 'exit' : 'crash', code, signal });
    },

    hung: ({ worker }) => {
      const member = this.#members.find(worker);
      if (member && !member.isLeaving) this.#giveUp(member, 'hang');
    },

    replace: ({ worker, reason }) => {
      const slot = this.#slots.of(worker);
      if (slot) slot.wanted ??= reason;
    },

    reload: ({ rollback = false }) => this.#reloads.want(rollback),
    abort: ({ next }) => {
      if (next) this.#reloads.cancelNext();
      else if (this.#reloads.isRunning) this.#failReload({ reason: 'abort' });
    },

    scale: ({ workers, surge }) => this.#scale.change(workers, surge),

    stop: ({ now = false }) => this.#stop(now),
  };

  /** What is due now. */
  #supervise() {
    this.#resize();
    if (this.#reloads.isDone(this.#slots, this.#members)) this.#reloads.succeed();
    // Whoever reloads may have repaired what failed.
    if (this.#reloads.begin()) for (const slot of this.#slots) slot.backoff.cutShort();
    this.#fill();
    this.#replace();
    this.#report();
  }

  /** There are as many slots as there shall be. The highest ones go. */
  #resize() {
    const { workers, isChanging } = this.#scale;
    const former = this.#slots.resize(workers, isChanging ? 'scale' : 'start', this.#now);
    for (const member of former) this.#members.drain(member, 'scale', this.#now);
  }

  /** Each slot has a worker. */
  #fill() {
    for (const slot of this.#slots) {
      const hasRoom = this.#members.count < this.#slots.count + this.#scale.surge;
      if (hasRoom && slot.isVacant(this.#now)) this.#start(slot, slot.reason);
    }
  }

  /** As many replacements start as there is room for. */
  #replace() {
    while (this.#members.count - this.#slots.occupied < this.#scale.surge) {
      if (this.#reloads.hasCanary(this.#members)) return;
      const slot = this.#slots.next(
        (each) => each.isReplaceable(this.#now) && this.#reloads.reasonToReplace(each),
      );
      if (slot === undefined) return;
      this.#start(slot, this.#reloads.reasonToReplace(slot));
    }
  }

  #start(slot, reason) {
    this.#members.start(slot, this.#reloads.generation, reason, this.#now);
  }

  #report() {
    if (!this.#slots.areReady) return;
    if (!this.#wereAllReady) this.#say({ type: 'ready' });
    this.#wereAllReady = true;
    const hasFormer = this.#members.leaving.some(({ slot }) => !this.#slots.has(slot));
    if (!this.#scale.isChanging || hasFormer) return;
    this.#scale.isChanging = false;
    this.#say({ type: 'scaled', workers: this.#scale.workers });
  }

  /** Who is not ready in time will not be. */
  #expire() {
    for (const member of this.#members.starting) {
      if (member.isStarting && member.deadline <= this.#now) this.#giveUp(member, 'timeout');
    }
  }

  /** Nothing good comes from this worker any more. It could not drain. */
  #giveUp(member, reason) {
    this.#lost(member, { reason, code: null, signal: null });
    this.#members.kill(member, reason, this.#now);
  }

  #ended(member, failure) {
    this.#members.remove(member);
    // Who was told to go may do so in any way.
    if (!member.isLeaving) this.#lost(member, failure);
  }

  /** A slot loses a worker that should have gone on. */
  #lost(member, how) {
    const { slot, worker } = member;
    const failure = { slot: slot.index, worker, ...how };
    slot.lose(member, how.reason, this.#now);
    // A program may also be so broken that it only listens.
    const isGood = member.hasLasted(this.#options.minUptime, this.#now);
    if (this.#reloads.isNew(member) && !isGood) this.#failReload(failure);
    if (this.#wasAnyReady || slot.backoff.failures < this.#options.bootAttempts) return;
    this.#say({ type: 'crashLoop', ...failure });
    this.#stop(true);
  }

  /** The workers that were not replaced yet go on. */
  #failReload(failure) {
    const { generation } = this.#reloads;
    const isRolledBack = this.#reloads.fail(failure);
    for (const slot of this.#slots) {
      if (slot.replacement?.generation === generation) {
        this.#members.drain(slot.withdraw(), 'reload failed', this.#now);
      }
      if (isRolledBack && slot.current?.generation === generation) slot.wanted = 'rollback';
    }
  }

  #stop(isNow) {
    this.#end = 'stopping';
    this.#reloads.stop();
    this.#slots.resize(0);
    for (const member of this.#members) {
      if (isNow) this.#members.kill(member, 'stop', this.#now);
      else this.#members.drain(member, 'stop', this.#now);
    }
  }
}

module.exports = Rules;

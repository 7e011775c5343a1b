'use strict';

/** Generations of the program, and the reloads that lead from one to the next: one at a time. */

class Reloads {
  /** Of the workers that start from now on. */
  generation = 1;
  /** No reload gets the number of another one, even if that one was rolled back. */
  #last = 1;
  /** @type {{ former: number, rollback: boolean, replaced: number, isProven: boolean } | undefined} */
  #running;
  /** All reloads that are wanted while one runs are one. @type {{ rollback: boolean } | undefined} */
  #next;
  #report;

  /** @param {(report: import('./facts').Output) => void} report */
  constructor(report) {
    this.#report = report;
  }

  get isRunning() {
    return this.#running !== undefined;
  }

  /** @param {boolean} rollback if it fails, the former generation comes back. The last one who wants it decides */
  want(rollback) {
    this.#next = { rollback };
  }

  /** @returns {boolean} whether a reload begins, because one is wanted and none runs */
  begin() {
    if (this.isRunning || this.#next === undefined) return false;
    const { rollback } = this.#next;
    this.#next = undefined;
    this.#running = { former: this.generation, rollback, replaced: 0, isProven: false };
    this.generation = ++this.#last;
    this.#report({ type: 'reloading', generation: this.generation });
    return true;
  }

  /** Whether the running reload brought this worker. */
  isNew({ generation }) {
    return this.isRunning && generation === this.generation;
  }

  /** Whether the running reload has to replace this worker. */
  isOld({ generation }) {
    return this.isRunning && generation !== this.generation;
  }

  /** @param {import('./slot')} slot @returns {string | undefined} why its worker shall be replaced, if it shall */
  reasonToReplace({ current, wanted }) {
    return wanted ?? (current && this.isOld(current) ? 'reload' : undefined);
  }

  /** Whether the first worker of the new generation starts. No replacement starts until it is ready. */
  hasCanary(members) {
    if (this.#running === undefined || this.#running.isProven) return false;
    return members.starting.some((member) => this.isNew(member));
  }

  /** Whether all slots have the new generation, and no worker of a former one is alive. */
  isDone(slots, members) {
    if (!this.isRunning || !slots.areReady) return false;
    return ![...members].some((member) => this.isOld(member));
  }

  /** A worker is ready. @param {import('./member')} [former] whose place it takes */
  ready(member, former) {
    const running = this.#running;
    if (running === undefined || !this.isNew(member)) return;
    running.isProven = true;
    if (former !== undefined && this.isOld(former)) running.replaced++;
  }

  /** The running reload, which runs no more. */
  #end() {
    const running = this.#running;
    if (running === undefined) throw new Error('no reload runs');
    this.#running = undefined;
    return running;
  }

  succeed() {
    const { generation } = this;
    const { replaced } = this.#end();
    this.#report({ type: 'reloaded', generation, replaced });
  }

  /** @returns {boolean} whether the former generation comes back */
  fail(failure) {
    const { generation } = this;
    const { rollback, former } = this.#end();
    if (rollback) this.generation = former;
    this.#report({ type: 'reloadFailed', generation, ...failure });
    return rollback;
  }

  /** Nobody wants the next one any more. */
  cancelNext() {
    this.#next = undefined;
  }

  /** Nothing is reloaded any more. */
  stop() {
    this.cancelNext();
    if (this.isRunning) this.fail({ reason: 'stop' });
  }
}

module.exports = Reloads;

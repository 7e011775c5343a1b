'use strict';

/**
 * The workers of a supervisor: carries out the orders of its rules, and tells them what becomes of each worker.
 */

const { performance } = require('node:perf_hooks');
const { ending } = require('./failure');
const LastWords = require('./last_words');

/** A program that the worker has started may hold its pipes. So long they are waited for when it has exited, in ms. */
const PIPES = 100;

/** A worker that has disconnected ends soon, unless something keeps it alive. So long it may take, in ms. */
const LINGERS = 1000;

/**
 * A worker whose process has not ended, or has not been reported.
 *
 * @typedef {object} Hand
 * @property {import('../worker').Worker} worker
 * @property {number} forkedAt ms, of `performance.now()`
 * @property {string} reason why it was started
 * @property {LastWords} words
 * @property {boolean} isReady
 * @property {Promise<{ killed: boolean }> | { killed: boolean }} [farewell] if it was told to go: whether it had to be killed
 */

/**
 * What the crew has from the cluster, and whom it tells.
 *
 * @typedef {object} Ties
 * @property {(slot: number, words: LastWords) => import('../worker').Worker} fork `words` wants to listen to it
 * @property {(input: import('./facts').Input) => void} tell tells the rules
 * @property {(worker: import('../worker').Worker) => void} ready a worker is ready, and was not told to go
 * @property {(worker: import('../worker').Worker, state: string, reason: string) => void} announce
 */

class Crew {
  /** @type {Map<number, Hand>} by id */
  #hands = new Map();
  /** By slot, how its last worker has ended. */
  #lastExits = new Map();
  /** By slot, why its last worker could not be forked. */
  #obstacles = new Map();
  #options;
  #ties;

  /**
   * @param {{ readyWhen: string, drainTimeout: number, idleGrace?: number, killTimeout: number }} options
   * @param {Ties} ties
   */
  constructor(options, ties) {
    this.#options = options;
    this.#ties = ties;
  }

  /** @param {number} id @returns {Hand | undefined} */
  find(id) {
    return this.#hands.get(id);
  }

  /** @returns {string | undefined} how the last worker of this slot has ended */
  lastExit(slot) {
    return this.#lastExits.get(slot);
  }

  /** What is known of a failure beside what the rules know. */
  evidence({ slot, worker, reason }) {
    return {
      stderr: `${this.#hands.get(worker)?.words ?? ''}`,
      cause: reason === 'fork' ? this.#obstacles.get(slot) : undefined,
    };
  }

  /** All workers whose processes have not ended. @returns {Hand[]} */
  get hands() {
    return [...this.#hands.values()];
  }

  /** START. `reason`: see the rules. */
  start(slot, reason) {
    const failed = (error) => {
      this.#obstacles.set(slot, error);
      this.#ties.tell({ type: 'failed', slot });
    };
    const words = new LastWords();
    let worker;
    try {
      worker = this.#ties.fork(slot, words);
    } catch (error) {
      words.spawned();
      failed(error);
      return;
    }
    words.spawned(worker.process.stderr);
    if (worker.process.pid === undefined) {
      worker.once('error', failed);
      return;
    }
    const hand = { worker, forkedAt: performance.now(), reason, words, isReady: false };
    this.#hands.set(worker.id, hand);
    this.#observe(hand, slot);
    this.#ties.announce(worker, 'starting', reason);
    this.#ties.tell({ type: 'started', slot, worker: worker.id });
  }

  #observe(hand, slot) {
    const { worker } = hand;
    const { id } = worker;
    const ready = () => this.#onready(hand);
    if (this.#options.readyWhen === 'listening') {
      worker.once('listening', ready);
    } else {
      worker.once('ready', ready);
      // What pm2 asks of its programs.
      worker.on('message', (message) => {
        if (message === 'ready') ready();
      });
    }
    worker.once('disconnect', () => {
      // It serves nobody any more, even if its process goes on.
      const replace = () => this.#ties.tell({ type: 'replace', worker: id, reason: 'disconnect' });
      const timer = setTimeout(replace, LINGERS);
      if (worker.isDead()) clearTimeout(timer);
      else worker.once('exit', () => clearTimeout(timer));
    });
    worker.once('exit', (code, signal) => {
      this.#lastExits.set(slot, ending(code, signal));
      afterPipes(hand, () => {
        this.#ties.announce(worker, 'gone', ending(code, signal));
        this.#ties.tell({ type: 'exited', worker: id, code, signal, asked: worker.exitedAfterDisconnect });
        this.#hands.delete(id);
      });
    });
  }

  #onready(hand) {
    const { worker } = hand;
    // What a dead worker has written is still read.
    if (hand.isReady || hand.farewell !== undefined || worker.isDead()) return;
    hand.isReady = true;
    this.#ties.announce(worker, 'ready', hand.reason);
    this.#ties.ready(worker);
    this.#ties.tell({ type: 'ready', worker: worker.id });
  }

  /** DRAIN. @returns {Hand} */
  drain(id) {
    const hand = /** @type {Hand} */ (this.#hands.get(id));
    const { drainTimeout: timeout, idleGrace, killTimeout } = this.#options;
    hand.farewell = hand.worker.drain?.({ timeout, idleGrace, killTimeout });
    return hand;
  }

  /** KILL. @returns {Hand} */
  kill(id) {
    const hand = /** @type {Hand} */ (this.#hands.get(id));
    hand.farewell = { killed: true };
    hand.worker.process.kill('SIGKILL');
    return hand;
  }

  /** A worker tells why it will end. */
  uncaught(id, text) {
    this.#hands.get(id)?.words.uncaught(text);
  }
}

/** What a worker has written before it exited is read when its pipes have closed. */
function afterPipes({ worker, words }, callback) {
  let remaining = 2;
  const timer = setTimeout(end, PIPES);
  worker.process.once('close', one);
  words.whenComplete(one);
  function one() {
    if (--remaining === 0) end();
  }
  function end() {
    clearTimeout(timer);
    remaining = 0;
    callback();
  }
}

module.exports = Crew;

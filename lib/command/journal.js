'use strict';

/** Tells on the standard error what happens to the workers: a line for each event. */

const { performance } = require('node:perf_hooks');
const entry = require('./entry');
const { killedOf, workersOf } = require('./in_words');

/** Those who wait for a reload or a start look at this text, so it says how many ms it took. */
const after = (since) => `after ${Math.round(performance.now() - since)} ms`;

class Journal {
  #write;
  #isJson;
  /** When each worker was started, by its id. */
  #starts = new Map();

  /**
   * @param {{ write(line: string): void }} sink
   * @param {boolean} isJson
   */
  constructor(sink, isJson) {
    this.#write = (line) => sink.write(line);
    this.#isJson = isJson;
  }

  /**
   * @param {string} event its name
   * @param {string} msg the same in words
   * @param {object} [facts] what else a machine may want to know
   */
  tell(event, msg, facts) {
    this.#write(entry(this.#isJson, event, msg, facts));
  }

  /** @param {import('../..').Supervisor} supervisor */
  follow(supervisor) {
    supervisor.on('worker', (worker, state, reason) => this.#worker(worker, state, reason));
    supervisor.on('ready', () => this.tell('allReady', 'all workers are ready'));
    supervisor.on('reloading', (generation) => {
      this.tell('reloading', `reloads, generation ${generation}`, { generation });
    });
    supervisor.on('reload', (result) => {
      const { replaced, killed, ms } = result;
      this.tell('reload', `reloaded ${workersOf(replaced)} in ${ms} ms${killedOf(killed)}`, result);
    });
    supervisor.on('reloadFailed', ({ code, message }) => this.tell('reloadFailed', message, { code }));
    supervisor.on('stopping', () => this.tell('stopping', 'stops'));
    supervisor.on('stop', (result) => this.tell('stop', `has stopped${killedOf(result.killed)}`, result));
  }

  /** @param {{ id: number, slot?: number, process: { pid?: number } }} worker */
  #worker({ id, slot, process: subprocess }, state, reason) {
    const { pid: process } = subprocess;
    const facts = { worker: slot, process, reason };
    const who = `worker ${slot} (${process})`;
    const since = this.#starts.get(id);
    const words = {
      starting: () => {
        this.#starts.set(id, performance.now());
        return `starts (${reason})`;
      },
      ready: () => `is ready ${after(since)}`,
      draining: () => `drains (${reason})`,
      killed: () => `is killed (${reason})`,
      gone: () => {
        this.#starts.delete(id);
        return `is gone: ${reason}`;
      },
    };
    this.tell(state, `${who} ${words[state]()}`, facts);
  }
}

module.exports = Journal;

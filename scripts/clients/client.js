'use strict';

/** A client that sends requests, one after the other over each of its connections, until it is told to end. */

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const programs = require('./programs');

class Client {
  #program;
  #url;
  /** @type {import('node:child_process').ChildProcess} */
  #process;
  #isEnding = false;
  #total = { runs: 0, answered: 0, failed: 0, notes: [] };
  #done;

  /** @param {string} name in `programs.js` @param {number} port */
  constructor(name, port) {
    this.#program = programs[name];
    this.#url = `http://127.0.0.1:${port}/`;
    this.#done = this.#run();
  }

  async #run() {
    do await this.#runOnce();
    while (this.#program.endsByItself && !this.#isEnding);
    return this.#total;
  }

  async #runOnce() {
    const [command, ...args] = this.#program.command(this.#url);
    this.#process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    let errors = '';
    this.#process.stdout.setEncoding('utf8').on('data', (data) => (text += data));
    this.#process.stderr.setEncoding('utf8').on('data', (data) => (errors += data));
    await once(this.#process, 'close');
    const { answered, failed, note } = this.#program.read(text);
    this.#total.runs++;
    this.#total.answered += answered;
    this.#total.failed += failed;
    if (note) this.#total.notes.push(note);
    // One that gives up has failed, whatever it has printed.
    if (this.#isEnding || this.#program.endsByItself) return;
    this.#total.failed += failed === 0 ? 1 : 0;
    this.#total.notes.push(`it gave up: ${errors.trim().split('\n').at(-1)}`);
  }

  /** @returns {Promise<{ runs: number, answered: number, failed: number, notes: string[] }>} all that came of it */
  end() {
    this.#isEnding = true;
    if (!this.#program.endsByItself) this.#process.kill('SIGINT');
    return this.#done;
  }
}

module.exports = Client;

'use strict';

/** `rs-cluster top`: what the workers do, once a second, until `q`. Keys give orders. */

const { performance } = require('node:perf_hooks');
const ask = require('./ask');
const controlPath = require('./control_path');
const { FAILED } = require('./exit_codes');
const Rates = require('./rates');
const { line, screen } = require('./screen');

/** In ms. */
const INTERVAL = 1000;

/** Of a terminal: another screen without a cursor, so that what was there comes back; from the top, line by line. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
/** It comes before a line: after one that fills its row, the cursor is still on the last character, which it would erase. */
const EMPTY_LINE = '\x1b[K';
const REST = '\r\n\x1b[J';

class Top {
  #control;
  #rates = new Rates();
  #message = '';
  #picture;
  /** How many workers the keys have asked for, until a look shows it: a key may come before. */
  #wanted;
  #scaling = 0;
  #timer;
  /** Ends the waits for all answers. An order that was given is carried out all the same. */
  #over = new AbortController();
  #isTerminal = process.stdout.isTTY === true;

  /** @param {string | false} control the path of the control socket */
  constructor(control) {
    this.#control = control;
  }

  /** What a key does. */
  #keys = {
    __proto__: null,
    r: () => this.#order('reload', '/reload'),
    '+': () => void this.#scale(1),
    '-': () => void this.#scale(-1),
    q: () => this.#leave(),
    // Ctrl-C
    '\x03': () => this.#leave(),
  };

  get #isOver() {
    return this.#over.signal.aborted;
  }

  #ask(method, path) {
    return ask(this.#control, method, path, this.#over.signal);
  }

  async start() {
    // The first look also shows whether somebody is there.
    const first = await this.#look();
    // Whoever read it is gone: `rs-cluster top | head -n 1`.
    process.stdout.on('error', () => this.#leave());
    if (this.#isTerminal) this.#enter();
    this.#show(first);
    this.#wait();
  }

  #enter() {
    process.stdout.write(ENTER);
    process.stdout.on('resize', () => this.#show(this.#picture));
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
      process.once(signal, () => this.#leave());
    }
    if (!process.stdin.isTTY) return;
    process.stdin.setRawMode(true).setEncoding('utf8');
    process.stdin.on('data', (keys) => {
      for (const key of `${keys}`) this.#keys[key]?.();
    });
  }

  #leave(why = '') {
    if (this.#isOver) return;
    this.#over.abort();
    clearTimeout(this.#timer);
    if (this.#isTerminal) process.stdout.write(LEAVE);
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.stdin.destroy();
    if (why !== '') console.log(why);
  }

  async #look() {
    const { body } = await this.#ask('GET', '/status');
    const status = JSON.parse(body);
    const rows = this.#rates.look(status, performance.now());
    return { status, rows, history: this.#rates.history };
  }

  #show(picture) {
    this.#picture = picture;
    if (this.#isOver) return;
    if (!this.#isTerminal) {
      console.log(line(picture, new Date()));
      return;
    }
    const { columns, rows } = process.stdout;
    const lines = screen({ ...picture, message: this.#message }, { columns, rows });
    const text = lines.map((text) => `${EMPTY_LINE}${text}`).join('\r\n');
    process.stdout.write(`${HOME}${text}${lines.length < rows ? REST : ''}`);
  }

  #wait() {
    if (this.#isOver) return;
    this.#timer = setTimeout(() => void this.#turn(), INTERVAL);
  }

  async #turn() {
    const isSettled = this.#scaling === 0;
    try {
      const picture = await this.#look();
      if (isSettled && this.#scaling === 0) this.#wanted = undefined;
      this.#show(picture);
    } catch {
      this.#leave('The program has stopped');
      return;
    }
    this.#wait();
  }

  async #order(name, path) {
    this.#say(`${name} …`);
    try {
      const { status, body } = await this.#ask('POST', path);
      const { error } = JSON.parse(body);
      this.#say(status === 200 ? `${name}: done` : `${name}: ${error.message.split('\n')[0]}`);
    } catch (error) {
      this.#say(`${name}: ${error.message}`);
    }
  }

  async #scale(change) {
    const slots = new Set(this.#picture.rows.map(({ slot }) => slot)).size;
    const workers = (this.#wanted ?? slots) + change;
    if (workers < 1) return;
    this.#wanted = workers;
    this.#scaling++;
    await this.#order(`scale to ${workers}`, `/scale?workers=${workers}`);
    this.#scaling--;
  }

  #say(message) {
    this.#message = message;
    this.#show(this.#picture);
  }
}

/** @param {import('./arguments').Asked} asked */
module.exports = async function top({ options }) {
  try {
    await new Top(controlPath(options)).start();
  } catch (error) {
    if (error.code?.startsWith('ERR_PARSE_ARGS_')) throw error;
    process.stderr.write(`rs-cluster: ${error.message}\n`);
    process.exitCode = FAILED;
  }
};

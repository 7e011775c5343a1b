'use strict';

/**
 * What a worker wrote last to its standard error, so that an error can show why it has failed. If the worker has that of
 * this process, and that is a pipe or a socket, it gets a pipe of its own, which the addon copies on a thread. A terminal stays
 * a terminal, and a file stays a file: then only errors that nobody caught are known, because the worker tells them.
 */

const fs = require('node:fs');
const binding = require('../binding');

const STDERR = 2;

/** How many characters are kept. */
const MOST = 4096;

/** How many lines are shown. */
const LINES = 20;

/**
 * Whether a worker would write to the standard error of this process.
 * @param {import('../settings').Settings} settings
 */
function inheritsStderr({ stdio, silent }) {
  if (!Array.isArray(stdio)) return !silent;
  return stdio[STDERR] === 'inherit' || stdio[STDERR] === STDERR;
}

/** Node writes to a file at once, and to a pipe when there is room. So only what is a pipe already may be one. */
function isPipe() {
  try {
    const stat = fs.fstatSync(STDERR);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false; // It is closed.
  }
}

class LastWords {
  #text = '';
  /** @type {import('../../dist/binding').StderrTail | undefined} */
  #tail;
  /** Whether the worker's standard error is read here, as a stream or by the addon. */
  #isRead = false;
  /** Called when nothing is written any more. */
  #onend = () => {};
  #hasEnded = false;

  /**
   * @param {import('../settings').Settings} settings `cluster.settings`
   * @returns {import('../settings').Settings} those with which the worker shall be spawned
   */
  listenTo(settings) {
    if (!inheritsStderr(settings) || !isPipe()) return settings;
    try {
      this.#tail = new (binding.load().StderrTail)(() => this.#end());
    } catch {
      return settings; // No descriptor or no thread is free. The worker can do without it.
    }
    /** @type {import('../settings').Settings['stdio']} */
    const stdio = Array.isArray(settings.stdio) ? [...settings.stdio] : ['inherit', 'inherit', STDERR, 'ipc'];
    stdio[STDERR] = this.#tail.descriptor;
    return { ...settings, stdio };
  }

  /** The worker is spawned, or could not be. @param {import('node:stream').Readable | null} [stderr] if it is a pipe of Node's */
  spawned(stderr) {
    this.#tail?.spawned();
    stderr?.on('data', (chunk) => (this.#text = (this.#text + chunk).slice(-MOST)));
    stderr?.on('end', () => this.#end());
    this.#isRead = Boolean(this.#tail ?? stderr);
    if (!this.#isRead) this.#hasEnded = true;
  }

  #end() {
    this.#hasEnded = true;
    this.#onend();
  }

  /** Calls back when all that the worker wrote is known. */
  whenComplete(callback) {
    if (this.#hasEnded) callback();
    else this.#onend = callback;
  }

  /** @param {string} text an error that the worker tells of itself */
  uncaught(text) {
    if (!this.#isRead) this.#text = text.slice(-MOST);
  }

  toString() {
    const text = this.#tail?.text() ?? this.#text;
    return text.trimEnd().split('\n').slice(-LINES).join('\n');
  }
}

module.exports = LastWords;

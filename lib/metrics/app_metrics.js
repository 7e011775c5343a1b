'use strict';

/**
 * The metrics of the application, in the primary: asks each worker for those of its prom-client, and adds them up. What a
 * worker has counted stays in the sum when it is gone, as far as it has said so.
 */

const { createRequire } = require('node:module');
const path = require('node:path');
const { agreeing, fold, read } = require('./snapshots');

/** So long all workers together have time to answer, in ms. */
const DEADLINE = 1000;

/** How many characters a snapshot has at most. */
const LONGEST = 8 * 1024 * 1024;

/**
 * @typedef {object} Source
 * @property {import('../worker').Worker} worker
 * @property {string} text the parts of a snapshot that have come
 * @property {import('./snapshots').Metric[]} [last] its last snapshot
 * @property {boolean} isAsked whether it has still to answer
 * @property {boolean} isStale whether its last answer was none
 */

class AppMetrics {
  #ask;
  /** @type {Map<number, Source>} by id */
  #sources = new Map();
  /** What those have counted that are gone. @type {import('./snapshots').Metric[]} */
  #past = [];
  /** Called when a worker has answered, or cannot any more. */
  #onchange = () => {};
  /** @type {Promise<{ text: string, stale: number }> | undefined} */
  #collecting;
  #hasWarned = false;

  /** @param {(worker: import('../worker').Worker) => void} ask asks a worker for its metrics */
  constructor(ask) {
    this.#ask = ask;
  }

  /** A worker is ready. It is asked at once, so that it knows that its last metrics are wanted when it drains. */
  add(worker) {
    this.#forget();
    const source = { worker, text: '', isAsked: false, isStale: false };
    this.#sources.set(worker.id, source);
    worker.once('disconnect', () => this.#onchange());
    this.#askOnce(source);
  }

  /** One that is blocked is not asked again and again. */
  #askOnce(source) {
    if (source.isAsked) return;
    source.isAsked = true;
    this.#ask(source.worker);
  }

  /** A part of a snapshot. */
  receive(id, { text, isLast }) {
    const source = this.#sources.get(id);
    if (source === undefined) return;
    if (source.text.length <= LONGEST) source.text += text;
    if (!isLast) return;
    const snapshot = source.text.length <= LONGEST ? read(source.text) : undefined;
    source.text = '';
    source.isAsked = false;
    source.isStale = snapshot === undefined;
    source.last = snapshot ?? source.last;
    this.#onchange();
  }

  /** All that a worker has written was read when it has disconnected. */
  #forget() {
    for (const [id, { worker, last = [] }] of this.#sources) {
      if (!worker.isDead() || worker.isConnected()) continue;
      this.#sources.delete(id);
      this.#past = fold(this.#past, last);
    }
  }

  /** Two that ask at the same time get the same. */
  collect() {
    this.#collecting ??= this.#collect().finally(() => (this.#collecting = undefined));
    return this.#collecting;
  }

  async #collect() {
    for (const source of this.#sources.values()) if (source.worker.isConnected()) this.#askOnce(source);
    const isSilent = ({ worker, isAsked }) => isAsked && worker.isConnected();
    const silent = () => [...this.#sources.values()].filter(isSilent);
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, DEADLINE);
      this.#onchange = () => {
        if (silent().length > 0) return;
        clearTimeout(timer);
        resolve(undefined);
      };
      this.#onchange();
    });
    this.#onchange = () => {};
    this.#forget();
    const sources = [...this.#sources.values()];
    const stale = sources.filter((source) => isSilent(source) || source.isStale).length;
    // The newest first: if two do not agree on a metric, its word counts.
    const living = sources.reverse().map(({ last = [] }) => last);
    return { text: await this.#merge([...living, this.#past]), stale };
  }

  /** @returns {Promise<string>} empty if prom-client cannot add them up */
  async #merge(snapshots) {
    try {
      const { AggregatorRegistry } = loadPromClient();
      const text = await AggregatorRegistry.aggregate(agreeing(snapshots)).metrics();
      return text.trim() === '' ? '' : `${text.trimEnd()}\n`;
    } catch (error) {
      this.#warn(error);
      return '';
    }
  }

  #warn({ message }) {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    process.emitWarning(`the metrics of the application are left out: ${message}`, {
      code: 'RS_CLUSTER_METRICS',
    });
  }
}

/** That of the workers' program, or else of this process, or whatever this package finds. */
function loadPromClient() {
  const { exec, cwd = '' } = require('node:cluster').settings;
  const mains = [exec && path.resolve(cwd, exec), process.argv[1]].filter((main) => main !== undefined);
  for (const main of mains) {
    const find = finderAt(main);
    if (find !== undefined) return find('prom-client');
  }
  return require('prom-client');
}

/** The `require()` of a program, which may be a folder or a symbolic link. @returns {NodeJS.Require | undefined} */
function finderAt(main) {
  try {
    const find = createRequire(require.resolve(main));
    find.resolve('prom-client');
    return find;
  } catch {
    return undefined;
  }
}

module.exports = AppMetrics;

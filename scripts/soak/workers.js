'use strict';

/** The workers of `scripts/soak.js`: keeps them running, reloads them, and ends or blocks some of them. */

const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const cluster = process.env.CLUSTER === 'builtin' ? require('node:cluster') : require('../..');

const WORKERS = 4;

/** How long a worker may run after `disconnect()` until it is killed, in ms. */
const EXIT_TIMEOUT = 5000;

const pick = (list) => list[Math.floor(Math.random() * list.length)];

class Workers {
  /** The workers that listen, and do not leave. */
  #ready = new Set();
  #failures;
  #supervisor;
  #churn;
  #reloads;
  /** The reload that runs. */
  #reload;
  deaths = 0;
  echoes = 0;
  reloads = 0;
  failedReloads = 0;
  /** Old workers that had to be ended by a signal. */
  killed = 0;

  /** @param {import('./failures')} failures is told which workers were ended here */
  constructor(failures) {
    this.#failures = failures;
    cluster.setupPrimary({ exec: path.join(__dirname, 'worker.js'), execArgv: [] });
    cluster.on('message', (worker, { ports }) => {
      if (ports === undefined) {
        this.echoes++;
        return;
      }
      this.ports = ports;
      this.#ready.add(worker);
    });
    cluster.on('disconnect', (worker) => this.#ready.delete(worker));
    cluster.on('exit', (worker) => {
      this.#ready.delete(worker);
      this.deaths++;
      failures.gone(worker.process.pid);
      if (this.#supervisor === undefined) cluster.fork();
    });
    if (cluster.supervise === undefined) for (let i = 0; i < WORKERS; i++) cluster.fork();
    else this.#supervise();
  }

  #supervise() {
    this.#supervisor = cluster.supervise({
      workers: WORKERS,
      readyWhen: 'ready',
      idleGrace: 500,
      // A worker that was ready is good, however soon it is killed here.
      minUptime: 0,
    });
    this.#supervisor.on('worker', (worker, state) => {
      if (state === 'draining') this.#ready.delete(worker);
    });
    this.#supervisor.on('reloadFailed', () => this.failedReloads++);
  }

  /** When all workers listen, and no reload runs. */
  async ready() {
    await this.#reload?.catch(() => {});
    while (this.#ready.size < WORKERS || (this.#supervisor && this.#supervisor.state !== 'ready'))
      await sleep(10);
  }

  any() {
    return pick([...this.#ready]);
  }

  /** The most resident memory of a worker, in bytes. 0 if nobody knows. */
  memory() {
    return Math.max(0, ...(this.#supervisor?.status().workers.map(({ rss }) => rss) ?? []));
  }

  /** @param {boolean} isOn @param {{ churn: number, reload: number }} every how often, in ms */
  disturb(isOn, { churn, reload }) {
    clearInterval(this.#churn);
    clearInterval(this.#reloads);
    if (!isOn) return;
    this.#churn = setInterval(() => this.#endOrBlock(), churn);
    if (this.#supervisor && reload > 0) this.#reloads = setInterval(() => this.#reloadAll(), reload);
  }

  #reloadAll() {
    this.#reload = this.#supervisor.reload();
    const done = ({ killed }) => {
      this.reloads++;
      this.killed += killed;
    };
    this.#reload.then(done, () => {});
  }

  #endOrBlock() {
    // One worker must always listen, because otherwise the ports would be closed.
    if (this.#ready.size < 2) return;
    const worker = this.any();
    const what = pick(['kill', 'disconnect', 'exit', 'block']);
    if (what !== 'block') {
      this.#ready.delete(worker);
      this.#failures.ends(worker.process.pid);
    }
    if (what === 'kill') worker.process.kill('SIGKILL');
    else if (what === 'disconnect') {
      worker.disconnect();
      const timeout = setTimeout(() => worker.process.kill('SIGKILL'), EXIT_TIMEOUT);
      worker.once('exit', () => clearTimeout(timeout));
    } else worker.send(what, () => {});
  }

  end() {
    for (const { process: subprocess } of Object.values(cluster.workers)) subprocess.kill('SIGKILL');
  }
}

module.exports = Workers;

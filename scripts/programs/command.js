'use strict';

/** A program that `rs-cluster` runs: a process of its own, with a control socket that only its own orders use. */

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { freePort } = require('../clients/contender');

const COMMAND = path.join(__dirname, '../../bin/rs-cluster.js');

/** No start, order or answer takes so long, however busy the machine is, in ms. */
const DEADLINE = 60_000;

const ORDINARY = { host: '127.0.0.1', path: '/', agent: false };

/** Where each of the others would look for another program. */
const WITHOUT = { RUNTIME_DIRECTORY: undefined, RS_CLUSTER_CONTROL: undefined, WEB_CONCURRENCY: undefined };

class Command {
  #runtime = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-run-'));
  #node;
  #cwd;
  #env;
  /** @type {import('node:child_process').ChildProcess} */
  #process;
  #exited;
  /** What it has written to the standard error: the journal. */
  journal = '';

  /** @param {{ node: string, cwd: string, env?: object }} options */
  constructor({ node, cwd, env }) {
    this.#node = node;
    this.#cwd = cwd;
    this.#env = { ...process.env, ...WITHOUT, XDG_RUNTIME_DIR: this.#runtime, ...env };
  }

  /** Runs the program on a free port, until all its workers are ready. */
  async start(args) {
    this.port = await freePort();
    this.#process = spawn(this.#node, [COMMAND, ...args], {
      cwd: this.#cwd,
      env: { ...this.#env, PORT: `${this.port}` },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const kill = () => this.#process.kill('SIGKILL');
    process.once('exit', kill);
    this.#exited = once(this.#process, 'exit').then(([code, signal]) => {
      process.off('exit', kill);
      fs.rmSync(this.#runtime, { recursive: true, force: true });
      return { code, signal };
    });
    const ready = new Promise((resolve) => {
      this.#process.stderr.setEncoding('utf8').on('data', (text) => {
        this.journal += text;
        if (this.journal.includes('all workers are ready')) resolve(true);
      });
    });
    if ((await this.#within(Promise.race([ready, this.#exited]))) !== true) {
      throw new Error(`it did not become ready:\n${this.journal}`);
    }
  }

  async #within(promise) {
    const isOver = new AbortController();
    const timeout = once(AbortSignal.timeout(DEADLINE), 'abort', { signal: isOver.signal });
    const late = timeout.then(() => Promise.reject(new Error(`it takes too long:\n${this.journal}`)));
    late.catch(() => {});
    try {
      return await Promise.race([promise, late]);
    } finally {
      isOver.abort();
    }
  }

  /** Runs `rs-cluster` with an order. @returns {Promise<string>} what it prints */
  async order(...words) {
    const order = spawn(this.#node, [COMMAND, ...words], {
      cwd: this.#cwd,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    let errors = '';
    order.stdout.setEncoding('utf8').on('data', (data) => (text += data));
    order.stderr.setEncoding('utf8').on('data', (data) => (errors += data));
    const [code] = await this.#within(once(order, 'close'));
    assert.strictEqual(code, 0, `rs-cluster ${words.join(' ')}: ${errors}\n${this.journal}`);
    return text;
  }

  /** Replaces all workers. @returns {Promise<{ replaced: number, killed: number, ms: number }>} */
  async reload() {
    const before = this.journal.length;
    await this.order('reload');
    const line = /reloaded (\d+) workers in (\d+) ms(?:, (\d+) had to be killed)?/;
    const [, replaced, ms, killed = 0] = line.exec(this.journal.slice(before)) ?? [];
    return { replaced: Number(replaced), killed: Number(killed), ms: Number(ms) };
  }

  /** @returns {Promise<number[]>} the processes of the workers */
  async workers() {
    const { workers } = JSON.parse(await this.order('status', '--json'));
    return workers.filter(({ state }) => state === 'ready').map(({ pid }) => pid);
  }

  /** Asks on new connections until each worker has answered. @returns {Promise<void>} rejected unless they do */
  async answeredByAll(path = '/') {
    const silent = new Set(await this.workers());
    assert.strictEqual(silent.size > 0, true);
    const start = Date.now();
    while (silent.size > 0) {
      const text = await get({ ...ORDINARY, path, port: this.port });
      silent.delete(Number(/process (\d+)/.exec(text)?.[1]));
      if (Date.now() - start > DEADLINE) throw new Error(`no answer of ${[...silent]}; others say ${text}`);
    }
  }

  /** Lets it stop. Nothing may be left of it. */
  async stop() {
    const workers = await this.workers();
    assert.strictEqual(await this.order('stop'), 'stopped\n');
    assert.deepStrictEqual(await this.#within(this.#exited), { code: 0, signal: null }, this.journal);
    for (const pid of workers) assert.strictEqual(fs.existsSync(`/proc/${pid}`), false, `${pid} is there`);
  }
}

/** @returns {Promise<string>} */
async function get(options) {
  const [response] = await once(http.get(options), 'response');
  let text = '';
  response.setEncoding('utf8').on('data', (data) => (text += data));
  await once(response, 'end');
  return text;
}

module.exports = Command;

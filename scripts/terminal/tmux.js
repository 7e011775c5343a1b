'use strict';

/**
 * Terminals without a screen: a tmux server of our own, which nobody else's sessions are in. A program runs in them as in
 * any terminal; keys can be pressed, and what is to be seen can be read.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const install = require('../clients/install');

const COMMAND = path.join(__dirname, '../../bin/rs-cluster.js');

/** Nothing takes so long to appear, however busy the machine is, in ms. */
const DEADLINE = 60_000;

const INTERVAL = 50;

/** What would lead an order to another program. */
const WITHOUT = ['RUNTIME_DIRECTORY', 'RS_CLUSTER_CONTROL', 'WEB_CONCURRENCY', 'TMUX'];

class Terminal {
  #tmux;
  #name;

  constructor(tmux, name) {
    this.#tmux = tmux;
    this.#name = name;
  }

  /** Writes this line, and Enter. */
  type(line) {
    this.#tmux('send-keys', '-t', this.#name, '-l', line);
    this.press('Enter');
  }

  /** @param {string} key as tmux names it: `q`, `C-c`, `Enter` */
  press(key) {
    this.#tmux('send-keys', '-t', this.#name, key);
  }

  resize(columns, rows) {
    this.#tmux('resize-window', '-t', this.#name, '-x', `${columns}`, '-y', `${rows}`);
  }

  /** @returns {string[]} the lines that are to be seen now, without spaces at their ends */
  lines() {
    const lines = this.#tmux('capture-pane', '-p', '-t', this.#name).split('\n');
    return lines.slice(0, -1).map((line) => line.trimEnd());
  }

  /** @returns {{ hasCursor: boolean, isOther: boolean }} `isOther`: whether it shows the other screen of a terminal */
  get state() {
    const flags = this.#tmux('display-message', '-p', '-t', this.#name, '#{cursor_flag} #{alternate_on}');
    const [cursor, other] = flags.trim().split(' ');
    return { hasCursor: cursor === '1', isOther: other === '1' };
  }

  /**
   * Looks until it is as it shall be.
   * @param {(lines: string[]) => boolean} isReached
   * @returns {Promise<string[]>} what is to be seen then, or at the deadline
   */
  async see(isReached) {
    const start = Date.now();
    for (;;) {
      const lines = this.lines();
      if (isReached(lines) || Date.now() - start > DEADLINE) return lines;
      await sleep(INTERVAL);
    }
  }

  /** Waits until the shell waits for a line. What is typed before is echoed in the midst of something else. */
  prompt(isReached = (_) => true) {
    return this.see((lines) => lines.filter((line) => line !== '').at(-1) === '$' && isReached(lines));
  }
}

class Tmux {
  /** All that the programs in it write is in here. It goes when this process exits. */
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-terminal-'));
  #env;

  /** @throws if tmux is missing, and cannot be installed */
  constructor() {
    install({ tmux: 'tmux' });
    const bin = path.join(this.folder, 'bin');
    fs.mkdirSync(bin);
    fs.symlinkSync(COMMAND, path.join(bin, 'rs-cluster'));
    // A shell reads this when it starts. It would take no prompt from the environment if it is root's.
    const profile = path.join(this.folder, 'profile');
    fs.writeFileSync(profile, "PS1='$ '\n");
    this.#env = {
      ...process.env,
      ...Object.fromEntries(WITHOUT.map((name) => [name, undefined])),
      // The command runs on the Node that runs this.
      PATH: [bin, path.dirname(process.execPath), process.env.PATH].join(':'),
      XDG_RUNTIME_DIR: this.folder,
      LC_ALL: 'C.UTF-8',
      ENV: profile,
      PORT: '0',
    };
    process.on('exit', () => this.#end());
  }

  #run = (...args) => {
    // -S is a socket of our own, as -L is, but one that goes with the folder. -u: it writes UTF-8.
    const socket = path.join(this.folder, 'tmux');
    const { status, stdout, stderr } = spawnSync('tmux', ['-u', '-S', socket, '-f', '/dev/null', ...args], {
      cwd: this.folder,
      env: this.#env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr}`);
    return stdout;
  };

  /** @param {string} name @returns {Promise<Terminal>} in which a shell waits for a line, in our folder */
  async open(name, columns, rows) {
    const size = ['-x', `${columns}`, '-y', `${rows}`];
    this.#run('new-session', '-d', '-s', name, ...size, '-c', this.folder, 'sh');
    const terminal = new Terminal(this.#run, name);
    await terminal.prompt();
    return terminal;
  }

  #end() {
    try {
      this.#run('kill-server');
    } catch {
      // It was never started.
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

module.exports = Tmux;

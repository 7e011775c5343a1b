'use strict';

/**
 * An empty project, as a user makes one, and the commands that are typed there. Node and npm are on
 * the PATH, and nothing else is.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const PROGRAMS = path.join(__dirname, 'fixtures');
const ADDON = path.join(__dirname, '../fixtures/addon.js');

/** Where a command is. */
function which(command) {
  const folder = process.env.PATH.split(':').find((folder) => fs.existsSync(path.join(folder, command)));
  return fs.realpathSync(path.join(folder, command));
}

class Project {
  /** What is installed: nothing yet. */
  modules;
  #root;
  #folder;
  #path;

  /** @param {import('node:test').TestContext} t at whose end it is removed */
  constructor(t) {
    this.#root = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-project-'));
    t.after(() => fs.rmSync(this.#root, { recursive: true, maxRetries: 5 }));
    this.#folder = path.join(this.#root, 'project');
    this.modules = path.join(this.#folder, 'node_modules');
    this.#path = path.join(this.#root, 'bin');
    for (const folder of [this.#folder, this.#path]) fs.mkdirSync(folder);
    fs.writeFileSync(path.join(this.#folder, 'package.json'), '{ "private": true }\n');
    for (const name of fs.readdirSync(PROGRAMS)) this.#copy(path.join(PROGRAMS, name));
    this.#copy(ADDON);
    fs.symlinkSync(process.execPath, path.join(this.#path, 'node'));
    fs.symlinkSync(which('npm'), path.join(this.#path, 'npm'));
  }

  #copy(file) {
    fs.copyFileSync(file, path.join(this.#folder, path.basename(file)));
  }

  /** A folder beside it. */
  beside(name) {
    return path.join(this.#root, name);
  }

  /** Runs a command in it. @returns {string} what it printed @throws with all of it if it fails */
  run(command, args, env) {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: this.#folder,
      encoding: 'utf8',
      // The home folder has a cache of its own, which is empty.
      env: { PATH: this.#path, HOME: this.#root, ...env },
    });
    if (error) throw error;
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} (code ${status})\n${stdout}${stderr}`);
    return stdout;
  }

  /** What is installed. @returns {string[]} */
  installed() {
    return fs.readdirSync(this.modules).filter((name) => !name.startsWith('.'));
  }

  /** How many bytes are installed. */
  size() {
    return fs
      .readdirSync(this.modules, { recursive: true })
      .map((name) => fs.statSync(path.join(this.modules, name)))
      .filter((stat) => stat.isFile())
      .reduce((sum, { size }) => sum + size, 0);
  }
}

module.exports = Project;

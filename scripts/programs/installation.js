'use strict';

/** A temporary folder with programs in it, and what they need from npm. It goes when this process exits. */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const versions = require('./packages');

/** So long a command may take, in ms. Next's own builder is the slowest. */
const TIMEOUT = 600_000;

class Installation {
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-programs-'));

  /** @param {import('./list').Program[]} programs */
  constructor(programs) {
    process.on('exit', () => fs.rmSync(this.#folder, { recursive: true, force: true }));
    const names = new Set(programs.flatMap(({ packages }) => packages));
    const dependencies = Object.fromEntries([...names].map((name) => [name, versions[name]]));
    fs.writeFileSync(
      path.join(this.#folder, 'package.json'),
      JSON.stringify({ private: true, dependencies }, null, 2),
    );
    if (names.size > 0) this.#run('.', ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts']);
    for (const { folder } of programs) {
      fs.cpSync(path.join(__dirname, folder), this.folder(folder), { recursive: true });
    }
    for (const { folder, build = [], env } of programs) {
      for (const command of build) this.#run(folder, command, env);
    }
  }

  #run(folder, [command, ...args], env) {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: this.folder(folder),
      env: {
        ...process.env,
        ...env,
        PATH: `${path.join(this.#folder, 'node_modules/.bin')}:${process.env.PATH}`,
      },
      encoding: 'utf8',
      timeout: TIMEOUT,
    });
    if (status === 0) return;
    throw new Error(`${[command, ...args].join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`}`);
  }

  /** @returns {string} where the program of this folder is now */
  folder(name) {
    return path.join(this.#folder, name);
  }

  /** @returns {any} a package that the programs have, for their clients */
  require(name) {
    return require(require.resolve(name, { paths: [this.#folder] }));
  }
}

module.exports = Installation;

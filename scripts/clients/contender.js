'use strict';

/** Who keeps the workers, and replaces them: a process of its own, on the Node line that is asked for. */

const { fork, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { node } = require('../nodes');

const WORKERS = 2;

/** How long an idle connection may still bring a request, in ms: all of these clients send much more often. */
const GRACE = 500;

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

class Contender {
  #process;

  /**
   * @param {'ours' | 'builtin' | 'pm2'} name
   * @param {object} options
   * @param {string} options.line of Node
   * @param {'h1' | 'h2'} [options.protocol]
   * @param {boolean} [options.isDefault] whether `idleGrace` is the default
   * @param {string} [options.pm2] the folder that pm2 is installed in
   * @returns {Promise<Contender>} whose workers listen
   */
  static async start(name, { line, protocol = 'h1', isDefault = false, pm2 }) {
    const contender = new Contender();
    contender.port = await freePort();
    contender.#process = fork(path.join(__dirname, `contenders/${name}.js`), {
      execPath: node(line),
      execArgv: [],
      env: {
        ...process.env,
        PORT: `${contender.port}`,
        PROTOCOL: protocol,
        WORKERS: `${WORKERS}`,
        GRACE: isDefault ? '' : `${GRACE}`,
        PM2: pm2,
      },
    });
    await contender.#ask('start');
    return contender;
  }

  async #ask(what) {
    this.#process.send(what);
    const isOver = new AbortController();
    const { signal } = isOver;
    const next = (event) => once(this.#process, event, { signal });
    const ended = next('exit').then(() => [{ error: 'the process of the workers has ended' }]);
    ended.catch(() => {});
    const [result] = await Promise.race([next('message'), ended]);
    isOver.abort();
    if (result.error !== undefined) throw new Error(result.error);
    return result;
  }

  /** Replaces all workers. @returns {Promise<{ replaced: number, killed: number, ms: number }>} */
  reload() {
    return this.#ask('reload');
  }

  async stop() {
    await this.#ask('stop');
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }
}

/** @returns {string} a temporary folder with pm2 7 in it, which goes when this process exits */
function installPm2() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-pm2-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const args = ['install', '--silent', '--no-save', '--prefix', folder, 'pm2@7'];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('npm could not install pm2@7');
  return folder;
}

module.exports = { Contender, freePort, installPm2 };

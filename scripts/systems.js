'use strict';

/**
 * Starts `rs-cluster app.js` as containers and careful administrators do: as PID 1, under tini, on a file system that is
 * read-only, as a user without rights. Each must serve, reload and stop with code 0 at SIGTERM, and leave no process.
 *
 *   node scripts/systems.js
 *
 * It needs root, for namespaces. A system that cannot be made here is left out, and named.
 */

const assert = require('node:assert');
const { spawn, spawnSync } = require('node:child_process');
const { EventEmitter, once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const install = require('./clients/install');

const BIN = path.join(__dirname, '../bin/rs-cluster.js');

const PROGRAM = `
const server = require('node:http').createServer((request, response) => response.end('hello'));
server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
`;

/** No system takes so long, in ms. */
const TIMEOUT = 60_000;

/** A user that no service has. */
const UID = 65_533;

/** A namespace of its own for processes, in which what follows is PID 1. */
const AS_PID_1 = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

/** The whole file system once more, and nothing can be written there. */
const READ_ONLY = 'mount --rbind / "$0" && mount -o remount,ro,bind "$0" && exec chroot "$0" "$@"';

/**
 * @typedef {object} System
 * @property {(folder: string) => string[]} under the command that starts the command
 * @property {Record<string, string>} [needs] Debian packages, by command
 * @property {boolean} [isInside] whether SIGTERM goes to the child of what is started, as that is PID 1
 * @property {RegExp} [says] what is told on the standard error
 */

/** @type {Record<string, System>} */
const SYSTEMS = {
  'as PID 1': { under: () => AS_PID_1, isInside: true },
  'under tini as PID 1': {
    under: () => [...AS_PID_1, 'tini', '--'],
    needs: { tini: 'tini' },
    isInside: true,
  },
  'under tini': { under: () => ['tini', '-s', '--'], needs: { tini: 'tini' } },
  'on a read-only file system': {
    under: (folder) => ['unshare', '--mount', 'sh', '-c', READ_ONLY, folder],
    says: /has no control socket: .*EROFS/,
  },
  'as a user without rights': {
    under: () => ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', '--no-new-privs'],
  },
};

/** Waits until it has written this. @returns {Promise<RegExpExecArray>} */
async function says(output, pattern) {
  for (;;) {
    const match = pattern.exec(output.text);
    if (match !== null) return match;
    assert.ok(!output.isOver, `it ended, and did not say ${pattern}:\n${output.text}`);
    await once(output, 'change');
  }
}

function get(port) {
  return new Promise((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1', agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => (body += text));
        response.on('end', () => resolve(body));
      })
      .on('error', reject);
  });
}

/** @returns {number} the process that this one has started */
const childOf = (pid) => Number(fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());

/** @param {System} system */
async function prove({ under, isInside = false, says: pattern }, folder) {
  const mount = fs.mkdtempSync(path.join(folder, 'mount-'));
  const [command, ...args] = [
    ...under(mount),
    process.execPath,
    BIN,
    '--workers',
    '2',
    path.join(folder, 'app.js'),
  ];
  const env = {
    ...process.env,
    XDG_RUNTIME_DIR: '',
    RUNTIME_DIRECTORY: '',
    RS_CLUSTER_NAME: path.basename(folder),
  };
  const subprocess = spawn(command, args, { cwd: folder, env, timeout: TIMEOUT, killSignal: 'SIGKILL' });
  const output = Object.assign(new EventEmitter(), { text: '', isOver: false });
  for (const stream of [subprocess.stdout, subprocess.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output.text += text;
      output.emit('change');
    });
  }
  const closed = once(subprocess, 'close').finally(() => {
    output.isOver = true;
    output.emit('change');
  });
  await says(output, /all workers are ready/);
  const [, port] = await says(output, /port (\d+)/);
  assert.strictEqual(await get(port), 'hello');
  const pid = isInside ? childOf(subprocess.pid) : subprocess.pid;
  process.kill(pid, 'SIGHUP');
  await says(output, /reloaded 2 workers/);
  const workers = [...output.text.matchAll(/worker \d \((\d+)\) starts/g)].length;
  assert.strictEqual(workers, 4);
  process.kill(pid, 'SIGTERM');
  const [code] = await closed;
  assert.strictEqual(code, 0, output.text);
  assert.match(output.text, /has stopped\n/);
  assert.doesNotMatch(output.text, /had to be killed/);
  if (pattern !== undefined) assert.match(output.text, pattern);
}

async function main() {
  let [passed, failed] = [0, 0];
  for (const [name, system] of Object.entries(SYSTEMS)) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-system-'));
    fs.writeFileSync(path.join(folder, 'app.js'), PROGRAM);
    fs.chmodSync(folder, 0o755);
    try {
      install(system.needs ?? {});
      const [command, ...args] = [...system.under(folder), 'true'];
      const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(error?.message ?? stderr.trim());
    } catch ({ message }) {
      console.log(`left out: ${name}: ${message}`);
      continue;
    }
    try {
      await prove(system, folder);
      passed++;
      console.log(`ok     ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED ${name}\n${error.stack}`);
    }
    fs.rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

main();

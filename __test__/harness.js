'use strict';

/**
 * Runs scenarios. A test file is at once the test and the program that it tests:
 *
 *   scenario('a worker comes online', {
 *     async primary(cluster) { … },   // in a process of its own
 *     worker(cluster) { … },          // in each process that `cluster.fork()` makes there
 *   });
 *
 * The test passes if the primary's process exits with code 0, and leaves no process behind. What
 * `primary` returns is awaited; after that the process must come to its end by itself, so a
 * scenario proves as well that nothing holds it back. A promise that is still pending when the
 * process runs out of work fails the scenario. A test that fails shows the error of `primary`, with
 * its stack, and what the processes have printed.
 *
 * `CLUSTER=builtin` runs the same scenarios against Node's own cluster, which proves the tests.
 */

const assert = require('node:assert');
const childProcess = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { inspect } = require('node:util');

const BUILTIN = process.env.CLUSTER === 'builtin';
const NODE = Number(process.versions.node.split('.')[0]);

/** How long a scenario may take on a machine that is busy with something else, in ms. */
const TIMEOUT = 60_000;

const { RS_TEST_SCENARIO: NAME, RS_TEST_RUN: RUN } = process.env;

/** Begins the line on standard error that tells the error of `primary`. */
const FAILED = 'RS_TEST_FAILED ';

/** The exit code of a primary's process in which `primary` has not come to its end. */
const UNFINISHED = 99;

/** For `skip` of a test that is no scenario, same as `skipBuiltin` of one. */
const skipBuiltin = (reason = 'only rs-cluster can') => BUILTIN && reason;

/** The module under test, as a program would require it. */
const load = () => (BUILTIN ? require('node:cluster') : require('..'));

/**
 * @param {string} name
 * @param {object} options
 * @param {(cluster) => unknown} options.primary
 * @param {(cluster) => unknown} [options.worker]
 * @param {string | false} [options.skipBuiltin] why the builtin of this Node does not pass, if it does not
 * @param {string | false} [options.skip] why this Node cannot run it at all
 * @param {number} [options.timeout] in ms
 * @param {string[]} [options.under] a command that runs the primary's process
 * @param {string[]} [options.execArgv] for the primary's process
 * @param {string[]} [options.args]
 * @param {object} [options.env]
 * @param {(result: { code: number | null, signal: string | null, stdout: string, stderr: string }) => void}
 *   [options.check] looks at how the primary's process ended, instead of expecting code 0
 */
function scenario(name, options) {
  if (NAME === undefined) register(name, options);
  else if (NAME === name) run(options);
}

function register(name, options) {
  const skip = options.skip || skipBuiltin(options.skipBuiltin ?? false);
  test(name, { skip, timeout: options.timeout ?? TIMEOUT }, async (t) => {
    const run = `${process.pid}.${process.hrtime.bigint()}`;
    const file = require.main.filename;
    const [command, ...args] = [...(options.under ?? []), process.execPath, ...(options.execArgv ?? [])];
    const subprocess = childProcess.spawn(command, [...args, file, ...(options.args ?? [])], {
      env: {
        ...process.env,
        NODE_TEST_CONTEXT: undefined,
        // Beside other tests a worker may get no processor for longer than the default: turns
        // would not be as they are on a quiet machine.
        RS_CLUSTER_CLAIM_TIMEOUT: '2000',
        ...options.env,
        RS_TEST_SCENARIO: name,
        RS_TEST_RUN: run,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.signal?.addEventListener('abort', () => {
      // Node 20 aborts at the end of every test.
      if (subprocess.exitCode !== null || subprocess.signalCode !== null) return;
      console.error(`${name} takes too long: ${stdout}${stderr}`);
      kill(run);
    });
    let stdout = '';
    let stderr = '';
    subprocess.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    subprocess.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    const closed = once(subprocess, 'close');
    const [code, signal] = await once(subprocess, 'exit');
    const remaining = processes(run);
    if (remaining.length > 0) await settled(() => processes(run).length === 0);
    // Before the pipes are read to their end: a stopped worker holds them open.
    const orphans = kill(run);
    await closed;
    const [line] = stderr.split('\n').filter((text) => text.startsWith(FAILED));
    if (line !== undefined) {
      const printed = `${stdout}${stderr.replace(`${line}\n`, '')}`;
      fail(JSON.parse(line.slice(FAILED.length)), printed);
    }
    const check = options.check ?? succeeded;
    check({ code, signal, stdout, stderr });
    assert.deepStrictEqual(orphans, [], `processes were left behind\n${stdout}${stderr}`);
  });
}

/** Throws what happened there, without a stack from here. */
function fail(message, printed) {
  const error = new Error(printed === '' ? message : `${message}\n\nPrinted by its processes:\n${printed}`);
  error.stack = '';
  throw error;
}

/** Throws if the primary's process did not end with code 0. */
function succeeded({ code, signal, stdout, stderr }) {
  if (code === 0) return;
  const what =
    code === UNFINISHED
      ? 'primary() waits for what cannot happen any more'
      : `the primary's process ended with ${signal ?? `code ${code}`}`;
  fail(what, `${stdout}${stderr}`);
}

async function run({ primary, worker }) {
  const cluster = load();
  if (!cluster.isPrimary) {
    worker(cluster);
    return;
  }
  process.exitCode = UNFINISHED; // Until `primary` has come to its end.
  try {
    await primary(cluster);
    // Not 0: with a code that is set, Node ignores what a listener for 'exit' throws.
    process.exitCode = undefined;
  } catch (error) {
    console.error(`${FAILED}${JSON.stringify(inspect(error))}`);
    process.exit(1);
  }
}

/** The processes of a run that are alive, by the variable that all of them inherit. */
function processes(run) {
  const mark = `RS_TEST_RUN=${run}`;
  return fs.readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const environment = fs.readFileSync(`/proc/${pid}/environ`, 'latin1');
      return (
        environment.split('\0').includes(mark) &&
        !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))
      );
    } catch {
      return false; // It has just ended.
    }
  });
}

/** Kills what a run has left behind, and says what that was. */
function kill(run) {
  return processes(run).flatMap((pid) => {
    try {
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
      process.kill(pid, 'SIGKILL');
      return [command];
    } catch {
      return []; // It has just ended.
    }
  });
}

/** Waits for a condition that nothing announces. Fails after `limit` ms. */
async function settled(condition, limit = 10_000) {
  const end = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

/**
 * Forks workers and waits until each listens as often as `servers` says.
 * @returns {Promise<{ workers: object[], port: number, address: object }>} `port` of the last one
 */
async function listening(cluster, count = 1, { servers = 1, env } = {}) {
  const workers = Array.from({ length: count }, () => cluster.fork(env));
  let address;
  for (let left = count * servers; left > 0; left--) {
    const [worker, info] = await once(cluster, 'listening');
    assert.ok(workers.includes(worker));
    address = info;
  }
  return { workers, port: address.port, address };
}

/** Waits for a worker to be gone. @returns {Promise<[number | null, string | null]>} code, signal */
async function exited(worker) {
  if (worker.isDead()) return [worker.process.exitCode, worker.process.signalCode];
  return once(worker, 'exit');
}

/** Connects, reads to the end. @returns {Promise<string>} */
function read(port, host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    let text = '';
    const target = typeof port === 'string' ? { path: port } : { port, host };
    net
      .connect(target)
      .setEncoding('utf8')
      .on('data', (data) => (text += data))
      .on('end', () => resolve(text))
      .on('error', reject);
  });
}

/** A port that was free a moment ago. */
async function freePort(host) {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

let folder;

/** A path for a socket, a file or a folder, unique and short. What is there is removed when this process exits. */
function temporaryPath(name) {
  if (folder === undefined) {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-'));
    process.on('exit', () => fs.rmSync(folder, { force: true, recursive: true }));
  }
  return path.join(folder, name);
}

/** How many descriptors a process has open. */
function descriptors(pid = process.pid) {
  return fs.readdirSync(`/proc/${pid}/fd`).length;
}

module.exports = {
  BUILTIN,
  NODE,
  RUN,
  scenario,
  skipBuiltin,
  succeeded,
  settled,
  listening,
  exited,
  read,
  freePort,
  temporaryPath,
  descriptors,
};

'use strict';

/**
 * Replaces workers by `worker.drain()` under real clients. No request may fail, and no worker may need a signal.
 *
 *   node scripts/clients.js [--seconds 20] [--lines 20,24,26] [--builtin] [client ...]
 *
 * `--builtin` shows the same with Node's own cluster and `disconnect()`; then nothing is asserted. The clients hey, wrk,
 * ab and h2load come from Debian's packages. If they are missing, and this user may, they are installed.
 */

const { execFile, spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');
const { parseArgs, promisify } = require('node:util');
const { node } = require('./nodes');

const SERVER = path.join(__dirname, 'clients/server.js');
const POSTS = path.join(__dirname, 'clients/posts.js');

const PACKAGES = { hey: 'hey', wrk: 'wrk', ab: 'apache2-utils', h2load: 'nghttp2-client' };

/** The number in the first group, or 0 if there is no such line. */
const number = (text, pattern) => Number(pattern.exec(text)?.[1] ?? 0);
const sum = (text, pattern) =>
  [...text.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);

/** A client of ours prints its result as JSON. */
const posts = (kind) => ({
  command: (url, seconds) => [process.execPath, POSTS, new URL(url).port, `${seconds}`, kind],
  read: (text) => JSON.parse(text),
});

/** Each client's command, and how many requests its output says were answered, and failed. */
const CLIENTS = {
  hey: {
    command: (url, seconds) => ['hey', '-z', `${seconds}s`, '-c', '20', url],
    read: (text) => ({
      answered: sum(text, /^ +\[200\]\t(\d+) responses/gm),
      failed: sum(text, /^ +\[(?!200)\d+\]\t(\d+) responses/gm) + sum(text, /^ +\[(\d+)\]\t[A-Z]/gm),
    }),
  },
  wrk: {
    command: (url, seconds) => ['wrk', '-d', `${seconds}`, '-t', '1', '-c', '20', url],
    read: (text) => ({
      answered: number(text, /(\d+) requests in/),
      failed:
        number(text, /Non-2xx or 3xx responses: (\d+)/) +
        sum(/Socket errors: .*/.exec(text)?.[0] ?? '', /\w+ (\d+)/g),
    }),
  },
  ab: {
    command: (url, seconds) => ['ab', '-k', '-t', `${seconds}`, '-n', '10000000', '-c', '20', `${url}/`],
    read: (text) => ({
      answered: number(text, /^Complete requests: +(\d+)/m),
      failed: number(text, /^Failed requests: +(\d+)/m) + number(text, /^Non-2xx responses: +(\d+)/m),
    }),
  },
  h2load: {
    command: (url, seconds) => ['h2load', '--h1', '-D', `${seconds}`, '-c', '20', url],
    read: (text) => ({
      answered: number(text, /(\d+) succeeded/),
      failed: number(text, /(\d+) failed/) + number(text, /(\d+) timeout/),
    }),
  },
  agent: posts('agent'),
  undici: posts('undici'),
};

function install(clients) {
  const isMissing = (name) => spawnSync('which', [name]).status !== 0;
  const missing = clients.filter((name) => name in PACKAGES && isMissing(name));
  if (missing.length === 0) return;
  const packages = missing.map((name) => PACKAGES[name]);
  spawnSync('apt-get', ['update'], { stdio: 'ignore' });
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { stdio: 'ignore' });
  const still = missing.filter(isMissing);
  if (still.length > 0) throw new Error(`install the Debian packages of ${still.join(', ')} first`);
}

/** @returns {Promise<object>} what the client and the server say */
async function run({ command, read }, { line, seconds, contender }) {
  const server = spawn(node(line), [SERVER], {
    env: { ...process.env, CONTENDER: contender },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = readline.createInterface({ input: server.stdout });
  const [port] = await once(lines, 'line');
  const [program, ...args] = command(`http://127.0.0.1:${port}`, seconds);
  // A client that gives up (ab, at a reset) has failed, whatever it has printed.
  const { stdout, code = 0 } = await promisify(execFile)(program, args, { maxBuffer: 1 << 26 }).catch(
    (error) => error,
  );
  const said = once(lines, 'line');
  server.stdin.end();
  const result = {
    ...JSON.parse((await said)[0]),
    ...(code === 0 ? read(stdout) : { answered: 0, failed: 1 }),
  };
  await once(server, 'exit');
  return result;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '20' },
      lines: { type: 'string', default: '20,24,26' },
      builtin: { type: 'boolean', default: false },
    },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(CLIENTS);
  for (const name of names) if (!(name in CLIENTS)) throw new Error(`there is no client ${name}`);
  install(names);
  const contender = values.builtin ? 'builtin' : 'ours';
  for (const line of values.lines.split(',')) {
    for (const name of names) {
      const result = await run(CLIENTS[name], { line, seconds: Number(values.seconds), contender });
      const { answered, failed, replaced, killed } = result;
      const isGood = failed === 0 && killed === 0 && answered > 0 && replaced > 0;
      if (!isGood && !values.builtin) process.exitCode = 1;
      console.log(
        `${isGood ? 'ok    ' : 'FAILED'} node ${line}, ${contender}, ${name}: ${JSON.stringify(result)}`,
      );
    }
  }
}

main();
